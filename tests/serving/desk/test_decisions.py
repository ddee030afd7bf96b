"""Cases moved by programs: one contract for each move, once, on the version that was looked at, by who may."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from casework.states import MOVES
from serving.desk.asked import AnyMove
from serving.desk.forms import FORMS
from serving.desk.levels import ROLE_LEVELS
from serving.desk.moves import PLAIN_MOVES


def test_every_move_has_one_contract_and_one_form():
    contracts = [get_args(each.model_fields["move"].annotation)[0] for each in get_args(AnyMove)]
    assert sorted(contracts) == sorted(MOVES) == sorted(FORMS)
    assert set(PLAIN_MOVES) | {"choose_method", "propose"} == set(MOVES)


def test_the_fields_of_a_form_are_those_of_its_contract():
    by_move = {get_args(each.model_fields["move"].annotation)[0]: each for each in get_args(AnyMove)}
    common = {"move", "case_id", "version", "request"}
    for move, form in FORMS.items():
        named = {each.name for each in form.fields}
        if move == "set_plan":
            named = {"actions"}
        assert named == set(by_move[move].model_fields) - common, move
        assert "score" not in " ".join(named)


def cited(office: Any, case: Any, table: str, **facts: Any) -> tuple[str, str]:
    """The criterion that the facts of a case match, and its answer."""
    from casework.criteria.publishing import in_force
    from casework.proposals import facts_of
    from serving.desk.context import decision_context

    with office.desk.reading(office.workspace) as connection:
        context = decision_context(connection, office.workspace, case)
        told = facts_of(
            case,
            prior_incidents_365d=context.prior_incidents_365d,
            prior_confirmed_1825d=context.prior_confirmed_1825d,
            score_band=context.basis.score_band,
            **facts,
        )
        answer = in_force(connection, office.workspace.today).ask(table, told)
    return answer.criterion, next(iter(answer.values.values()))


def take_one(office: Any, place: int) -> Any:
    free = [case for case in office.waiting() if case.state == "open" and not case.holder]
    return free[place]


def test_an_incident_of_the_record_opens_one_case_and_asking_again_opens_none(office):
    from serving.desk.intake import take_in_record
    from serving.desk.opening import present_moment

    first = office.waiting()
    assert len(first) > 5
    assert len({case.participant_id for case in first}) == len(first)
    with office.desk.writing(office.workspace) as connection:
        take_in_record(connection, office.workspace, present_moment(office.workspace))
    assert office.waiting() == first


def test_a_case_goes_from_taking_to_a_signed_suspension_by_two_persons_and_returns_to_the_record(office, as_account):
    case = take_one(office, 0)
    named = {"case_id": case.case_id}
    today = office.workspace.today.isoformat()
    with as_account("ann"):
        taken = office.decide(move="take", version=case.version, **named)
        assert taken.status_code == 200, taken.text
        assert taken.json()["case"]["holder"] == "ann"
        criterion, method = cited(office, case, "method")
        chosen = office.decide(
            move="choose_method", version=2 + case.version - 1, method=method, criterion=criterion, **named
        )
        assert chosen.status_code == 200, chosen.text
        version = chosen.json()["case"]["version"]
        version = office.decide(move="give_notice", version=version, on=today, response_days=10, **named).json()[
            "case"
        ]["version"]
        version = office.decide(move="record_response", version=version, on=today, **named).json()["case"]["version"]
    rule, action = cited(
        office, case, "enforcement", disposition="confirmed", false_information=False, aggravated=False
    )
    departs = {} if action == "suspension" else {"deviation_code": "legal_advice", "deviation_text": "as counsel said"}
    asked = {
        "move": "propose",
        "version": version,
        "disposition": "confirmed",
        "action": "suspension",
        "criterion": rule,
        "rationale": "The seal was cut in the yard",
        "decided_on": today,
        "request": office.request(),
        **departs,
        **named,
    }
    with as_account("sam", "manager"):
        held = office.decide(**asked)
        assert held.status_code == 422
        assert "holds" in held.json()["error"]["details"]["problems"][0]["problem"]
    with as_account("ann"):
        released = office.decide(move="release", version=version, **named).json()["case"]["version"]
    with as_account("sam", "manager"):
        proposed = office.decide(**asked | {"version": released})
        assert proposed.status_code == 200, proposed.text
        assert proposed.json()["case"]["state"] == "proposed"
        version = proposed.json()["case"]["version"]
        own = office.decide(move="approve", version=version, **named)
        assert own.status_code == 403
        assert own.json()["error"]["code"] == "not_this_level"
    with as_account("dee", "manager"):
        signed = office.decide(move="approve", version=version, **named)
        assert signed.status_code == 200, signed.text
    assert signed.json()["case"] | {"state": "closed", "author": "sam", "approver": "dee"} == signed.json()["case"]

    from casework.case_store import case_of
    from records.lake import Lake
    from serving.desk.returning import return_and_reload, return_decisions
    from serving.service import HOLDER

    return_and_reload(office.desk, HOLDER)
    actions = Lake(office.folder / "lake").read()["actions"]
    own_rows = actions[actions["source"] == "casework"]
    assert own_rows["participant_id"].tolist() == [case.participant_id]
    assert own_rows["kind"].tolist() == ["suspension"]
    assert (own_rows["known_at"].dt.date == office.workspace.today).all()
    assert office.workspace.records.data_version == Lake(office.folder / "lake").head.data_version
    assert return_decisions(office.desk, office.workspace) == 0
    with office.desk.reading(office.workspace) as connection:
        basis = case_of(connection, case.case_id).decision["basis"]
    assert basis["model_digest"] == office.workspace.model.digest
    assert basis["score_band"] in ("low", "middle", "high", "not_rated")
    again = office.decide(**asked | {"version": released})
    assert again.status_code == 409, "the same request from another account is another request"
    with as_account("sam", "manager"):
        again = office.decide(**asked | {"version": released})
    assert again.status_code == 200, again.text
    assert again.json()["case"]["state"] == "closed", "the same request again changes nothing, on a newer record too"


def test_a_stale_version_is_told_with_the_newer_case(office, as_account):
    case = take_one(office, 1)
    with as_account("ann"):
        office.decide(move="take", case_id=case.case_id, version=case.version)
    with as_account("bob"):
        late = office.decide(move="take", case_id=case.case_id, version=case.version)
    assert late.status_code == 409
    error = late.json()["error"]
    assert error["code"] == "stale_case"
    assert error["details"]["case"]["holder"] == "ann"
    assert error["details"]["case"]["version"] == case.version + 1


def test_a_request_sent_again_leaves_one_entry_and_with_other_content_is_refused(office, as_account):
    case = take_one(office, 2)
    asked = {
        "move": "snooze",
        "case_id": case.case_id,
        "version": case.version,
        "until": (office.workspace.today + timedelta(days=5)).isoformat(),
        "reason": "awaiting_information",
        "text": "the laboratory answers next week",
        "request": office.request(),
    }
    with as_account("ann"):
        first, second = office.decide(**asked), office.decide(**asked)
        other = office.decide(**asked | {"text": "something else"})
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert other.status_code == 409
    assert other.json()["error"]["code"] == "request_reused"


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"version": 0}, 422, "take.version"),
        ({"move": "forget"}, 422, ""),
        ({"surprise": 1}, 422, "take"),
        ({"request": "<script>alert(1)</script>"}, 422, "take.request"),
    ],
)
def test_what_does_not_fit_the_contract_is_refused_without_echo(office, changes, status, field):
    case = take_one(office, 3)
    answer = office.decide(**{"move": "take", "case_id": case.case_id, "version": case.version} | changes)
    assert answer.status_code == status
    assert answer.json()["error"]["details"]["problems"][0]["field"] == field
    assert "script" not in answer.text


def test_an_unknown_case_and_a_role_that_decides_nothing_are_refused(office, as_account):
    missing = office.decide(move="take", case_id="C-none-1", version=1)
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "unknown_case")
    case = take_one(office, 3)
    for role in ("auditor", "data_scientist", "service"):
        assert role not in ROLE_LEVELS
        with as_account("eve", role):
            refused = office.decide(move="take", case_id=case.case_id, version=case.version)
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_this_level")


def test_a_database_that_is_away_is_told_and_the_retry_is_idempotent(office, as_account):
    case = take_one(office, 3)
    asked = {"move": "take", "case_id": case.case_id, "version": case.version, "request": office.request()}
    database, hidden = office.folder / "casework.db", office.folder / "casework.away"
    office.desk.close()
    database.rename(hidden)
    with as_account("ann"):
        away = office.decide(**asked)
        page = office.page(case.participant_id)
        hidden.rename(database)
        first, second = office.decide(**asked), office.decide(**asked)
    assert away.status_code == 503
    assert away.json()["error"]["code"] == "casework_away"
    assert str(office.folder) not in away.text
    assert "Cases cannot be shown" in page
    assert first.status_code == 200, first.text
    assert first.json() == second.json()
