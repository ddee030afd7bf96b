"""A case closes only with everything that an auditor asks for, by the persons who may."""

from dataclasses import replace

import pandas as pd
import pytest
from case_stories import (
    ANALYST,
    BASIS,
    DIRECTOR,
    SECOND,
    THIRD,
    day,
    decide,
    done,
    incident,
    new_request,
    on,
    proposal,
    report,
)
from programs import write_program
from sqlalchemy import text

from casework.action_rows import action_rows
from casework.afterwards import (
    complete_action,
    decide_appeal,
    file_appeal,
    give_notice,
    record_response,
    reinstate,
    set_plan,
)
from casework.case_store import case_of, cases_of, differing_cases, rebuild, waiting_cases
from casework.criteria.inputs import METHODS
from casework.database import open_database, reading, writing
from casework.decisions import approve, choose_method, propose, send_back
from casework.errors import DatabaseAway, InputMissing, MoveRefused, NotAllowed, RequestReused, StaleCase, UnknownCase
from casework.intake import suppress
from casework.ledger import entries, entry_of
from casework.overrides import approve_override, overrides, overrides_in_force, propose_override
from casework.past_cases import past_cases
from casework.proposals import Reason
from casework.states import Person
from casework.texts import unseal
from casework.verification import verify
from casework.work import in_bulk, release, snooze, take, take_next
from records.ingest import ingest
from records.known import known_before
from records.lake import Lake

FACTS = {"prior_incidents_365d": 0, "prior_confirmed_1825d": 0, "basis": BASIS}


@pytest.fixture
def sqlite(tmp_path):
    opened = open_database(f"sqlite:///{tmp_path / 'casework.db'}")
    yield opened
    opened.dispose()


def examined(engine, told=None, *, method="records_review", row="method-7"):
    case = report(engine, told or incident(1))
    return done(
        engine, choose_method, case, method=method, criterion=f"draft@1#{row}", person=ANALYST, at=day(1), **FACTS
    )


def grave(engine):
    told = incident(1, severity=9, incident_type="drug")
    case = examined(engine, told, method="site_visit", row="method-2")
    case = done(engine, give_notice, case, on=on(2), response_days=10, person=ANALYST, at=day(2))
    return done(engine, record_response, case, on=on(5), person=ANALYST, at=day(5))


def suspended(engine):
    case = decide(engine, grave(engine), 6, person=SECOND, disposition="confirmed", rationale="Drugs in the seal.")
    return done(engine, approve, case, person=THIRD, at=day(7))


def test_an_incident_opens_a_case_and_later_ones_only_raise_it(engine):
    first = report(engine, incident(1))
    second = report(engine, incident(2, occurred=3, severity=8))
    assert (second.case_id, len(second.incidents), second.gravest["severity"]) == (first.case_id, 2, 8)
    assert report(engine, incident(2, occurred=3, severity=8)) == second
    other = report(engine, incident(3, participant="P-2"))
    with reading(engine) as connection:
        assert [case.case_id for case in waiting_cases(connection)] == [first.case_id, other.case_id]
        assert differing_cases(connection) == ()


def test_a_decision_carries_everything_it_was_made_on(engine):
    case = decide(engine, examined(engine), 4)
    assert case.state == "closed"
    decision = case.decision
    assert (decision["disposition"], decision["action"]) == ("no_finding", "no_action")
    assert (decision["criterion"], decision["authority"]) == ("draft@1#enforcement-2", "draft@1#authority-1")
    assert (decision["author"], decision["approver"], decision["decided_on"]) == ("account-1", "", on(4).isoformat())
    assert decision["basis"]["model_digest"] == "a" * 64
    assert decision["basis"]["data_version"] == "b" * 64
    assert len(decision["criteria_digest"]) == 64
    assert decision["facts"]["severity"] == 2
    assert "score_band" not in decision["facts"]
    assert case.method["facts"]["score_band"] == "middle"
    with reading(engine) as connection:
        assert unseal(connection, decision["rationale"]) == "The seal was replaced by the port."
        assert "replaced" not in connection.execute(text("select content from cases")).scalar()
        assert verify(connection).fault is None


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"rationale": "  "}, "rationale: expected words"),
        ({"disposition": "guilty"}, "disposition: expected one of"),
        ({"action": "fine"}, "action: expected one of"),
        ({"decided_on": on(-1)}, "decided_on: expected from the incident"),
        ({"decided_on": on(9)}, "decided_on: expected from the incident"),
        ({"criterion": "draft@1#enforcement-99"}, "the criterion that means this case, draft@1#enforcement-2"),
        ({"criterion": "other@7#enforcement-2"}, "the criterion that means this case"),
        ({"action": "outreach"}, "or a reason for outreach"),
        ({"deviation": Reason("other", "mood")}, "the criterion says no_action too"),
        ({"action": "outreach", "deviation": Reason("mood", "x")}, "a code of"),
        ({"action": "outreach", "deviation": Reason("other", " ")}, "and words"),
        ({"basis": replace(BASIS, model_digest="")}, "model's digest"),
        ({"emergency": Reason("public_safety", "x")}, "emergency: expected none"),
        ({"false_information": True}, r"967\(b\)"),
        ({"prior_confirmed_1825d": -1}, "prior_confirmed_1825d"),
    ],
)
def test_a_decision_that_lacks_a_part_is_refused_and_changes_nothing(sqlite, changed, words):
    case = examined(sqlite)
    broken = replace(proposal(sqlite, case, on(4)), **changed)
    with pytest.raises((MoveRefused, InputMissing), match=words):
        done(sqlite, propose, case, broken, person=ANALYST, at=day(4))
    with reading(sqlite) as connection:
        assert case_of(connection, case.case_id) == case
        assert len(list(entries(connection))) == case.version


def test_a_deviation_has_a_reason_and_a_second_person_even_where_the_action_is_light(sqlite):
    case = examined(sqlite)
    why = Reason("facts_not_in_criteria", "The driver was replaced.")
    case = decide(sqlite, case, 4, action="outreach", deviation=why)
    assert (case.state, case.decision["approves"], case.decision["criterion_says"]) == (
        "proposed",
        "supervisor",
        "no_action",
    )
    case = done(sqlite, approve, case, person=SECOND, at=day(5))
    assert (case.state, case.decision["approver"]) == ("closed", "account-2")


def test_an_adverse_action_needs_notice_or_an_emergency_with_its_reason(sqlite):
    case = examined(sqlite, incident(1, severity=9), method="site_visit", row="method-2")
    with pytest.raises(MoveRefused, match="notice: expected"):
        decide(sqlite, case, 4, person=SECOND, disposition="confirmed")
    noticed = done(sqlite, give_notice, case, on=on(2), response_days=10, person=ANALYST, at=day(2))
    with pytest.raises(MoveRefused, match="end of its time"):
        decide(sqlite, noticed, 12, person=SECOND, disposition="confirmed")
    assert decide(sqlite, noticed, 13, person=SECOND, disposition="confirmed").state == "proposed"
    other = examined(sqlite, incident(2, participant="P-2", severity=9), method="site_visit", row="method-2")
    urgent = Reason("national_security", "Named in a warrant.")
    case = decide(sqlite, other, 1, person=SECOND, disposition="confirmed", emergency=urgent)
    assert case.decision["emergency"]["code"] == "national_security"


def test_who_wrote_a_suspension_never_signs_it_whatever_the_level(engine):
    case = grave(engine)
    with pytest.raises(NotAllowed, match="at least a supervisor"):
        decide(engine, case, 6, disposition="confirmed")
    author = Person("account-9", "director")
    case = decide(engine, case, 6, person=author, disposition="confirmed")
    with pytest.raises(NotAllowed, match="another person than the author"):
        done(engine, approve, case, person=author, at=day(7))
    with pytest.raises(NotAllowed, match="another person than the author"):
        done(engine, send_back, case, text="no", person=Person("account-9", "supervisor"), at=day(7))
    with pytest.raises(NotAllowed, match="at least a supervisor"):
        done(engine, approve, case, person=ANALYST, at=day(7))
    back = done(engine, send_back, case, text="The laboratory is missing.", person=THIRD, at=day(7))
    assert (back.state, dict(back.decision)) == ("examining", {})


def test_a_removal_is_signed_by_a_director(sqlite):
    case = decide(sqlite, grave(sqlite), 6, person=SECOND, disposition="confirmed", aggravated=True)
    assert case.decision["action"] == "removal"
    with pytest.raises(NotAllowed, match="at least a director"):
        done(sqlite, approve, case, person=THIRD, at=day(7))
    assert done(sqlite, approve, case, person=DIRECTOR, at=day(7)).state == "closed"


def test_a_stale_version_is_a_conflict_that_carries_the_newer_case(engine):
    case = examined(engine)
    newer = report(engine, incident(2, occurred=2, severity=9))
    with pytest.raises(StaleCase, match="somebody moved it first") as caught:
        decide(engine, case, 4)
    assert caught.value.current == newer
    with pytest.raises(UnknownCase, match="C-9"):
        done(engine, approve, replace(case, case_id="C-9"), person=SECOND, at=day(4))


def test_a_request_that_comes_again_changes_nothing_and_one_with_other_content_is_refused(engine):
    case = examined(engine)
    request = new_request()
    told = proposal(engine, case, on(4))
    first = done(engine, propose, case, told, person=ANALYST, at=day(4), request=request)
    assert done(engine, propose, case, told, person=ANALYST, at=day(5), request=request) == first
    for other in (replace(told, rationale="Another."), replace(told, decided_on=on(3))):
        with pytest.raises(RequestReused, match="other content"):
            done(engine, propose, case, other, person=ANALYST, at=day(5), request=request)
    with pytest.raises(RequestReused):
        done(engine, propose, case, told, person=SECOND, at=day(5), request=request)


def test_from_suspension_through_appeal_and_plan_to_reinstatement(engine):
    case = suspended(engine)
    assert case.decision["action"] == "suspension"
    with pytest.raises(MoveRefused, match="Expected an appeal until"):
        done(engine, file_appeal, case, on=on(6 + 91), person=ANALYST, at=day(6 + 91))
    case = done(engine, file_appeal, case, on=on(6 + 90), person=ANALYST, at=day(6 + 90))
    assert (case.state, case.appeal["decide_by"]) == ("appealed", on(6 + 90 + 180).isoformat())
    for person in (SECOND, THIRD):
        with pytest.raises(NotAllowed, match="third person"):
            done(engine, decide_appeal, case, outcome="upheld", text="x", on=on(110), person=person, at=day(110))
    case = done(engine, decide_appeal, case, outcome="upheld", text="Shown.", on=on(110), person=DIRECTOR, at=day(110))
    plan = {"lock the yard": on(130), "train guards": on(140)}
    case = done(engine, set_plan, case, actions=plan, person=ANALYST, at=day(111))
    with pytest.raises(MoveRefused, match="lock the yard, train guards"):
        done(engine, reinstate, case, on=on(120), consent_to_unannounced_visits=True, person=THIRD, at=day(120))
    for action in plan:
        case = done(engine, complete_action, case, action=action, on=on(125), person=ANALYST, at=day(125))
    with pytest.raises(MoveRefused, match="consent: no"):
        done(engine, reinstate, case, on=on(126), consent_to_unannounced_visits=False, person=THIRD, at=day(126))
    with pytest.raises(NotAllowed, match="another person"):
        done(engine, reinstate, case, on=on(126), consent_to_unannounced_visits=True, person=SECOND, at=day(126))
    case = done(engine, reinstate, case, on=on(126), consent_to_unannounced_visits=True, person=THIRD, at=day(126))
    assert case.reinstated_on == on(126).isoformat()
    with reading(engine) as connection:
        assert differing_cases(connection) == ()
        assert verify(connection).fault is None


def test_decisions_return_to_the_records_known_from_the_moment_they_were_signed(sqlite):
    first = suspended(sqlite)
    with reading(sqlite) as connection:
        (row,) = action_rows(connection).to_dict("records")
        last = max(entry.sequence for entry in entries(connection))
    assert (row["action_id"], row["kind"], row["incident_id"]) == (f"{first.case_id}-1", "suspension", "I-1")
    assert (row["known_at"], row["decided_on"], row["retracted"]) == (day(7).isoformat(), on(6).isoformat(), False)
    case = done(sqlite, file_appeal, first, on=on(20), person=ANALYST, at=day(20))
    done(sqlite, decide_appeal, case, outcome="reversed", text="Wrong party.", on=on(30), person=DIRECTOR, at=day(30))
    with reading(sqlite) as connection:
        (taken_back,) = action_rows(connection, after=last).to_dict("records")
    assert (taken_back["action_id"], taken_back["kind"]) == (row["action_id"], "suspension")
    assert (taken_back["retracted"], taken_back["known_at"]) == (True, day(30).isoformat())


def test_the_record_takes_the_rows_knows_them_from_their_signing_and_stores_them_once(sqlite, tmp_path):
    first = suspended(sqlite)
    lake = Lake(tmp_path / "lake")
    ingest(write_program(tmp_path / "raw"), lake, now=pd.Timestamp("2026-01-01"))

    def return_to_the_record():
        with reading(sqlite) as connection:
            rows = action_rows(connection)
        (tmp_path / "back").mkdir(exist_ok=True)
        rows.to_csv(tmp_path / "back" / "actions.casework.csv", index=False)
        return ingest(tmp_path / "back", lake, now=pd.Timestamp("2026-01-01")).tables["actions"]

    assert return_to_the_record().new == 1
    assert return_to_the_record().new == 0
    signed = pd.Timestamp(day(7))
    assert known_before(lake.read(), signed)["actions"].empty
    (known,) = known_before(lake.read(), signed + pd.Timedelta("1us"))["actions"].to_dict("records")
    assert (known["kind"], known["criterion"]) == ("suspension", "draft@1#enforcement-8")
    case = done(sqlite, file_appeal, first, on=on(20), person=ANALYST, at=day(20))
    done(sqlite, decide_appeal, case, outcome="reversed", text="Wrong party.", on=on(30), person=DIRECTOR, at=day(30))
    assert return_to_the_record().retracted == 1
    assert len(known_before(lake.read(), pd.Timestamp(day(29)))["actions"]) == 1
    assert known_before(lake.read(), pd.Timestamp(day(31)))["actions"].empty


def test_further_incidents_after_no_action_bring_the_case_back_before_a_named_supervisor(engine):
    case = decide(engine, examined(engine), 4)
    opened = report(engine, incident(2, occurred=30))
    assert opened.case_id != case.case_id
    closed = decide(
        engine,
        done(
            engine,
            choose_method,
            opened,
            method="records_review",
            criterion="draft@1#method-7",
            person=ANALYST,
            at=day(31),
            **FACTS,
        ),
        32,
    )
    back = report(engine, incident(3, occurred=50))
    # Two further incidents after the first decision, one after the second: it is the first that comes back.
    assert (back.case_id, back.state, back.supervisor) == (case.case_id, "open", "account-3")
    assert closed.case_id != back.case_id
    assert back.earlier_decisions[0]["action"] == "no_action"
    with writing(engine) as connection:
        assert take_next(connection, [], person=ANALYST, request=new_request(), at=day(51)) is None
        assert take_next(connection, [], person=THIRD, request=new_request(), at=day(51)).case_id == back.case_id


def test_two_persons_never_hold_a_case_and_a_lease_ends_by_itself(engine):
    for number in (1, 2):
        report(engine, incident(number, participant=f"P-{number}", severity=number))
    order = ["P-2"]
    with writing(engine) as connection:
        first = take_next(connection, order, person=ANALYST, request="take-1", at=day(1))
        assert take_next(connection, order, person=ANALYST, request="take-1", at=day(1)) == first
        second = take_next(connection, order, person=SECOND, request="take-2", at=day(1))
        assert (first.participant_id, second.participant_id) == ("P-2", "P-1")
        assert take_next(connection, order, person=THIRD, request="take-3", at=day(1)) is None
    with pytest.raises(MoveRefused, match="account-1 holds"):
        done(engine, take, first, person=SECOND, at=day(1))
    assert done(engine, release, first, person=ANALYST, at=day(1)).holder == ""
    assert done(engine, take, second, person=THIRD, at=day(2)).holder == "account-3"


def test_a_case_rests_until_its_day_or_a_further_incident(sqlite):
    case = report(sqlite, incident(1))
    with pytest.raises(MoveRefused, match="after today"):
        done(sqlite, snooze, case, until=on(1), reason="capacity", text="x", person=ANALYST, at=day(1))
    with pytest.raises(MoveRefused, match="Say why"):
        done(sqlite, snooze, case, until=on(9), reason="tired", text="x", person=ANALYST, at=day(1))
    case = done(sqlite, snooze, case, until=on(9), reason="capacity", text="busy", person=ANALYST, at=day(1))
    with writing(sqlite) as connection:
        assert take_next(connection, [], person=ANALYST, request=new_request(), at=day(8)) is None
    assert not report(sqlite, incident(2, occurred=2)).snoozed(on(3))


def test_suppressed_incidents_raise_no_case_but_are_recorded_and_the_suppression_ends(sqlite):
    more = {"incident_type": "seal_tamper", "reason": "known_data_error", "text": "Scanner fault at one port."}
    with writing(sqlite) as connection, pytest.raises(NotAllowed, match="supervisor"):
        suppress(connection, "P-1", until=on(9), person=ANALYST, request="s-0", at=day(0), **more)
    with writing(sqlite) as connection:
        suppress(connection, "P-1", until=on(9), person=SECOND, request="s-1", at=day(0), **more)
    assert report(sqlite, incident(1, occurred=5), request="i-1") is None
    assert report(sqlite, incident(1, occurred=5), request="i-1") is None
    assert report(sqlite, incident(2, occurred=6, incident_type="drug")) is not None
    assert report(sqlite, incident(3, participant="P-3", occurred=9)) is not None
    with reading(sqlite) as connection:
        assert entry_of(connection, "i-1").kind == "incident_suppressed"


def test_many_at_once_have_an_entry_and_an_outcome_each(engine):
    cases = [report(engine, incident(n, participant=f"P-{n}")) for n in (1, 2, 3)]
    done(engine, take, cases[1], person=SECOND, at=day(1))

    def rest(connection, case_id, request):
        asked = {"until": on(9), "reason": "capacity", "text": "fair"}
        version = case_of(connection, case_id).version
        return snooze(connection, case_id, person=ANALYST, request=request, version=version, at=day(1), **asked)

    with writing(engine) as connection:
        came = in_bulk(connection, [case.case_id for case in cases], "bulk-1", rest)
        assert [bool(each.case) for each in came] == [True, False, True]
        assert "account-2 holds" in came[1].refusal
        assert entry_of(connection, f"bulk-1/{cases[0].case_id}") is not None
        assert entry_of(connection, f"bulk-1/{cases[1].case_id}") is None


def test_an_override_needs_two_persons_ends_by_itself_and_is_told_to_training(engine):
    asked = {"direction": "raise", "reason": "information_outside_the_record", "text": "A tip."}
    with writing(engine) as connection:
        with pytest.raises(MoveRefused, match="always ends"):
            propose_override(connection, "P-1", ends=on(200), person=ANALYST, request="o-0", at=day(0), **asked)
        made = propose_override(connection, "P-1", ends=on(30), person=ANALYST, request="o-1", at=day(0), **asked)
        assert overrides_in_force(connection, on(1)) == ()
        same = Person(ANALYST.account, "director")
        with pytest.raises(NotAllowed, match="another person"):
            approve_override(connection, made, person=same, request="o-2", at=day(1))
        approve_override(connection, made, person=SECOND, request="o-3", at=day(1))
        assert [each.participant_id for each in overrides_in_force(connection, on(1))] == ["P-1"]
        assert overrides_in_force(connection, on(30)) == ()
        assert [each.direction for each in overrides(connection)] == ["raise"]


def test_the_method_follows_its_criterion_or_says_why_not(sqlite):
    case = report(sqlite, incident(1))
    more = {"person": ANALYST, "at": day(1), **FACTS}
    with pytest.raises(MoveRefused, match="or a reason for site_visit"):
        done(sqlite, choose_method, case, method="site_visit", criterion="draft@1#method-7", **more)
    why = Reason("joint_operation", "With another agency.")
    case = done(sqlite, choose_method, case, method="site_visit", criterion="draft@1#method-7", deviation=why, **more)
    assert case.method["deviates"]
    with pytest.raises(MoveRefused, match="From there: take"):
        done(sqlite, choose_method, case, method="site_visit", criterion="draft@1#method-7", **more)
    assert set(METHODS) > {"site_visit"}


def test_the_rows_of_cases_can_be_made_again_from_the_ledger(engine):
    case = suspended(engine)
    with writing(engine) as connection:
        connection.execute(text("update cases set state = 'closed', content = '{}'"))
        assert differing_cases(connection) == (case.case_id,)
        assert rebuild(connection) == 1
        assert case_of(connection, case.case_id) == case
        assert cases_of(connection, "P-1") == (case,)
        assert [each.case_id for each in past_cases(connection)] == [case.case_id]


def test_a_database_that_goes_away_keeps_nothing_half_done_and_the_retry_succeeds(new_postgres):
    engine = open_database(new_postgres())
    case = examined(engine)
    told, request = proposal(engine, case, on(4)), new_request()
    asked = {"person": ANALYST, "request": request, "version": case.version, "at": day(4)}

    def decide_and_lose_the_server():
        with writing(engine) as connection:
            propose(connection, case.case_id, told, **asked)
            own = connection.execute(text("select pg_backend_pid()")).scalar()
            with reading(engine) as other:
                other.execute(text("select pg_terminate_backend(:own)"), {"own": own})

    with pytest.raises(DatabaseAway, match="send the same request again"):
        decide_and_lose_the_server()
    with reading(engine) as connection:
        assert case_of(connection, case.case_id) == case
        assert entry_of(connection, request) is None
    assert done(engine, propose, case, told, person=ANALYST, at=day(4), request=request).state == "closed"
    engine.dispose()


def test_a_sqlite_file_that_cannot_be_written_is_told_in_words(tmp_path):
    (tmp_path / "folder.db").mkdir()
    with pytest.raises(DatabaseAway, match="to answer"):
        open_database(f"sqlite:///{tmp_path / 'folder.db'}")
