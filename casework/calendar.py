"""Duties as a calendar file (iCalendar, RFC 5545) that any calendar program reads."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import icalendar

from casework.duties import RULES, Duty

OPEN = ("due", "overdue", "late_with_reason")
REMIND_DAYS = 30


def duties_calendar(duties: Iterable[Duty], *, at: datetime) -> bytes:
    """The duties that are left, each on its last day with a reminder 30 days before.

    Paused and done ones are left out. A duty keeps its identity from file to file, so that an import replaces it.
    """
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Trustlane//Duties//EN")
    calendar.add("version", "2.0")
    for duty in duties:
        if duty.standing in OPEN:
            calendar.add_component(_event(duty, at))
    return bytes(calendar.to_ical())


def _event(duty: Duty, at: datetime) -> icalendar.Event:
    rule = RULES[duty.rule]
    event = icalendar.Event()
    event.add("uid", f"{duty.rule}-{duty.participant_id or 'program'}-{duty.began_on}@trustlane")
    event.add("dtstamp", at.replace(tzinfo=UTC))
    event.add("dtstart", duty.due_on)
    event.add("dtend", duty.due_on + timedelta(days=1))
    late = {"overdue": "Overdue: ", "late_with_reason": "Late, reason recorded: "}.get(duty.standing, "")
    event.add("summary", f"{late}{rule.words} ({duty.participant_id or 'the program'})")
    event.add("description", f"6 U.S.C. {duty.section}, from {rule.begins} on {duty.began_on}. {duty.reason}".strip())
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", rule.words)
    alarm.add("trigger", -timedelta(days=REMIND_DAYS))
    event.add_component(alarm)
    return event
