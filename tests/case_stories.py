"""Persons, incidents and decisions for stories about cases; ``at`` counts days from one morning."""

from datetime import date, datetime, timedelta
from itertools import count

from casework.criteria.publishing import in_force
from casework.database import writing
from casework.decisions import propose
from casework.intake import Incident, report_incident
from casework.proposals import Basis, Proposal, facts_of
from casework.states import Person

START = datetime.fromisoformat("2025-01-06T09:00:00")
ANALYST, SECOND = Person("account-1", "analyst"), Person("account-2", "supervisor")
THIRD, DIRECTOR = Person("account-3", "supervisor"), Person("account-4", "director")
BASIS = Basis("0.31", "middle", ("3 incidents in a year",), "a" * 64, "b" * 64, START.date())
_requests = count()


def day(number):
    return START + timedelta(days=number)


def on(number):
    return day(number).date()


def new_request():
    return f"request-{next(_requests)}"


def incident(number, *, participant="P-1", occurred=0, severity=2, known=None, **more):
    values = {"incident_type": "seal_tamper", "discovery": "port_exam", "self_reported_before_discovery": False} | more
    known_on = on(occurred if known is None else known)
    return Incident(f"I-{number}", participant, on(occurred), known_on, severity, **values)


def report(engine, told, *, at=None, request=None, **more):
    moment = at or datetime.combine(told.known_on, START.time())
    with writing(engine) as connection:
        return report_incident(
            connection, told, supervisor="account-3", request=request or new_request(), at=moment, **more
        )


def done(engine, act, case, *args, person, at, request=None, version=None, **more):
    """One move of a case on its present version."""
    with writing(engine) as connection:
        return act(
            connection,
            case.case_id,
            *args,
            person=person,
            request=request or new_request(),
            version=case.version if version is None else version,
            at=at,
            **more,
        )


def proposal(engine, case, decided_on: date, **more):
    """A decision that follows the criterion, unless ``more`` says otherwise."""
    values = {
        "disposition": "no_finding",
        "rationale": "The seal was replaced by the port.",
        "false_information": False,
        "aggravated": False,
        "prior_incidents_365d": 0,
        "prior_confirmed_1825d": 0,
        "basis": BASIS,
    } | more
    asked = ("disposition", "false_information", "aggravated", "prior_incidents_365d", "prior_confirmed_1825d")
    with writing(engine) as connection:
        criteria = in_force(connection, decided_on)
    answer = criteria.ask("enforcement", facts_of(case, **{name: values[name] for name in asked}))
    return Proposal(
        **{"action": answer.values["action"], "criterion": answer.criterion, "decided_on": decided_on} | values
    )


def decide(engine, case, number, *, person=ANALYST, **more):
    return done(engine, propose, case, proposal(engine, case, on(number), **more), person=person, at=day(number))
