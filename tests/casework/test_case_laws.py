"""Whatever persons do in whatever order, from however many processes, and wherever one is killed."""

import json
import subprocess
import sys
from itertools import count

import pytest
from case_stories import ANALYST, BASIS, DIRECTOR, SECOND, THIRD, day, done, incident, new_request, on, proposal, report
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from casework.afterwards import file_appeal, give_notice, record_response
from casework.case_store import case_of, cases_of, differing_cases
from casework.database import open_database, reading
from casework.decisions import approve, choose_method, propose, send_back
from casework.errors import CaseError, CriteriaError, StaleCase
from casework.ledger import entries
from casework.proposals import FOUR_EYES, facts_of
from casework.verification import verify
from casework.work import release, take

PERSONS = (ANALYST, SECOND, THIRD, DIRECTOR)
_numbers = count(1)


class Casework(RuleBasedStateMachine):
    """Two participants, four persons, every move, right or wrong, also twice and on old versions."""

    engine = None

    def __init__(self):
        super().__init__()
        number = next(_numbers)
        self.participants = [f"M-{number}-a", f"M-{number}-b"]
        self.today = 0
        self.moves = []
        self.refused = 0

    def pick(self, data):
        with reading(self.engine) as connection:
            cases = [case for name in self.participants for case in cases_of(connection, name)]
        return data.draw(st.sampled_from(cases)) if cases else None

    def attempt(self, act, case, *args, **more):
        """A move; a refusal changes nothing. Kept, so that it can come again."""
        if case is None:
            return
        asked = {"at": day(self.today), "request": new_request(), "version": case.version} | more
        with reading(self.engine) as connection:
            before = case_of(connection, case.case_id)
        try:
            after = done(self.engine, act, case, *args, **asked)
        except (CaseError, CriteriaError):
            self.refused += 1
            with reading(self.engine) as connection:
                assert case_of(connection, case.case_id) == before
        else:
            assert after.version == before.version + 1
            self.moves.append((act, case, args, asked))

    @rule(days=st.integers(0, 40), who=st.sampled_from([0, 1]), severity=st.integers(1, 10), own=st.booleans())
    def an_incident_arrives(self, days, who, severity, own):
        self.today += days
        told = incident(
            f"M{next(_numbers)}",
            participant=self.participants[who],
            occurred=self.today,
            severity=severity,
            self_reported_before_discovery=own,
        )
        assert report(self.engine, told).waits

    @rule(data=st.data(), person=st.sampled_from(PERSONS), act=st.sampled_from([take, release]))
    def somebody_takes_or_releases(self, data, person, act):
        self.attempt(act, self.pick(data), person=person)

    @rule(data=st.data(), person=st.sampled_from(PERSONS))
    def somebody_chooses_a_method(self, data, person):
        case = self.pick(data)
        if case is None:
            return
        with reading(self.engine) as connection:
            from casework.criteria.publishing import in_force

            facts = facts_of(case, prior_incidents_365d=0, prior_confirmed_1825d=0, score_band=BASIS.score_band)
            answer = in_force(connection, on(self.today)).ask("method", facts)
        told = {"method": answer.values["method"], "criterion": answer.criterion, "basis": BASIS}
        priors = {"prior_incidents_365d": 0, "prior_confirmed_1825d": 0}
        self.attempt(choose_method, case, person=person, **told, **priors)

    @rule(data=st.data())
    def the_participant_is_told_and_answers(self, data):
        case = self.pick(data)
        self.attempt(give_notice, case, on=on(self.today), response_days=5, person=ANALYST)
        if case is not None:
            with reading(self.engine) as connection:
                newer = case_of(connection, case.case_id)
            self.attempt(record_response, newer, on=on(self.today), person=ANALYST)

    @rule(
        data=st.data(),
        person=st.sampled_from(PERSONS),
        aggravated=st.booleans(),
        prior=st.integers(0, 4),
        found=st.sampled_from(["confirmed", "no_finding", "minor_finding", "inconclusive"]),
    )
    def somebody_decides(self, data, person, aggravated, prior, found):
        case = self.pick(data)
        if case is not None:
            told = {"disposition": found, "aggravated": aggravated, "prior_confirmed_1825d": prior}
            self.attempt(propose, case, proposal(self.engine, case, on(self.today), **told), person=person)

    @rule(data=st.data(), person=st.sampled_from(PERSONS))
    def somebody_signs(self, data, person):
        self.attempt(approve, self.pick(data), person=person)

    @rule(data=st.data(), person=st.sampled_from(PERSONS))
    def somebody_sends_back(self, data, person):
        self.attempt(send_back, self.pick(data), text="Not yet.", person=person)

    @rule(data=st.data())
    def the_participant_appeals(self, data):
        self.attempt(file_appeal, self.pick(data), on=on(self.today), person=ANALYST)

    @precondition(lambda self: self.moves)
    @rule(data=st.data())
    def a_request_comes_again(self, data):
        act, case, args, asked = data.draw(st.sampled_from(self.moves))
        with reading(self.engine) as connection:
            before = case_of(connection, case.case_id)
        assert done(self.engine, act, case, *args, **asked) == before

    @precondition(lambda self: self.moves)
    @rule(data=st.data())
    def an_old_version_is_a_conflict(self, data):
        act, case, args, asked = data.draw(st.sampled_from(self.moves))
        with pytest.raises(StaleCase) as caught:
            done(self.engine, act, case, *args, **asked | {"request": new_request()})
        assert caught.value.current.version > case.version

    @invariant()
    def what_an_auditor_asks_for_is_there(self):
        with reading(self.engine) as connection:
            for name in self.participants:
                cases = cases_of(connection, name)
                assert sum(case.waits for case in cases) <= 1
                for case in cases:
                    check_case(case)

    def teardown(self):
        with reading(self.engine) as connection:
            assert differing_cases(connection) == ()
            assert verify(connection).fault is None
            requests = [entry.request for entry in entries(connection)]
        assert len(requests) == len(set(requests))


def check_case(case):
    if case.state in ("closed", "appealed"):
        decision = case.decision
        for part in ("disposition", "action", "criterion", "rationale", "author", "decided_on", "criteria_digest"):
            assert decision[part], part
        assert case.last_incident_on.isoformat() <= decision["decided_on"]
        assert decision["basis"]["model_digest"]
        assert decision["approver"] != decision["author"]
        if decision["action"] in FOUR_EYES:
            assert decision["approver"]
            assert case.notice_on
        if decision["action"] != decision["criterion_says"]:
            assert decision["deviation"]


@pytest.mark.parametrize("examples", [4, pytest.param(150, marks=pytest.mark.long)])
def test_no_order_of_moves_breaks_a_law(engine, examples):
    machine = type("OnThisDatabase", (Casework,), {"engine": engine})
    run_state_machine_as_test(
        machine, settings=settings(max_examples=examples, stateful_step_count=18, deadline=None, database=None)
    )


DECIDER = """
import json, sys
sys.path.insert(0, sys.argv[5])
from case_stories import ANALYST, SECOND, day, done, on, proposal
from casework.case_store import case_of
from casework.database import open_database, reading
from casework.decisions import propose
from casework.errors import StaleCase
engine = open_database(sys.argv[1])
person = {"one": ANALYST, "two": SECOND}[sys.argv[2]]
for case_id, version in json.loads(sys.argv[3]):
    with reading(engine) as connection:
        case = case_of(connection, case_id)
    try:
        told = proposal(engine, case, on(int(sys.argv[4])))
        done(engine, propose, case, told, person=person, at=day(9), request=f"{sys.argv[2]}-{case_id}", version=version)
        print("decided", case_id, flush=True)
    except StaleCase as conflict:
        print("stale", case_id, conflict.current.decision["author"], flush=True)
engine.dispose()
"""


def examined_cases(engine, number):
    made = []
    for _ in range(number):
        participant = f"D-{next(_numbers)}"
        case = report(engine, incident(participant, participant=participant))
        told = {"method": "records_review", "criterion": "draft@1#method-7", "basis": BASIS}
        case = done(
            engine,
            choose_method,
            case,
            person=ANALYST,
            at=day(1),
            prior_incidents_365d=0,
            prior_confirmed_1825d=0,
            **told,
        )
        made.append((case.case_id, case.version))
    return made


def start_decider(url, name, cases):
    call = [sys.executable, "-c", DECIDER, url, name, json.dumps(cases), "3", "tests"]
    return subprocess.Popen(call, stdout=subprocess.PIPE, text=True)


def check_two_deciders(url, rounds):
    engine = open_database(url)
    cases = examined_cases(engine, rounds)
    deciders = [start_decider(url, name, cases) for name in ("one", "two")]
    lines = [line.split() for each in deciders for line in each.communicate()[0].splitlines()]
    assert sorted(line[1] for line in lines if line[0] == "decided") == sorted(case_id for case_id, _ in cases)
    assert len(lines) == 2 * rounds
    with reading(engine) as connection:
        assert verify(connection).fault is None
        assert differing_cases(connection) == ()
        for case_id, version in cases:
            case = case_of(connection, case_id)
            assert (case.state, case.version) == ("closed", version + 1)
    engine.dispose()


def check_killed_deciders(url, times):
    engine = open_database(url)
    acknowledged = set()
    for number in range(times):
        cases = examined_cases(engine, 6)
        with start_decider(url, "one", cases) as decider:
            lines = [decider.stdout.readline() for _ in range(1 + number % 4)]
            decider.kill()
            lines += [line for line in decider.stdout if line.endswith("\n")]
        acknowledged |= {line.split()[1] for line in lines}
    with reading(engine) as connection:
        assert verify(connection).fault is None
        assert differing_cases(connection) == ()
        assert all(case_of(connection, case_id).state == "closed" for case_id in acknowledged)
    # What was under way is done again with the same request id: once, whether it had been kept or not.
    with start_decider(url, "one", cases) as decider:
        assert {line.split()[1] for line in decider.stdout} == {case_id for case_id, _ in cases}
    with reading(engine) as connection:
        assert all(case_of(connection, case_id).version == version + 1 for case_id, version in cases)
    engine.dispose()


@pytest.mark.parametrize("rounds", [5, pytest.param(1_000, marks=pytest.mark.long)])
def test_of_two_deciders_in_two_processes_one_decides_and_the_other_is_told(url, rounds):
    check_two_deciders(url, rounds)


@pytest.mark.parametrize("times", [1, pytest.param(50, marks=pytest.mark.long)])
def test_a_decider_that_is_killed_loses_nothing_that_was_acknowledged(url, times):
    check_killed_deciders(url, times)
