"""The clocks of the law: due, done, overdue, paused, and late with a reason where the law allows one."""

from datetime import date, datetime, timedelta

import icalendar
from hypothesis import given
from hypothesis import strategies as st

from casework.calendar import duties_calendar
from casework.duties import PROGRAM_RULES, RULES, History, Pause, duties_of
from casework.repeat import RepeatRule, fires_on

DAYS = st.dates(date(2019, 1, 1), date(2024, 12, 31))


def standing(history, today):
    return {duty.rule: (duty.due_on, duty.standing) for duty in duties_of(history, today)}


def test_every_section_of_the_law_with_a_clock_has_one():
    assert {rule.section for rule in RULES.values()} == {
        "961(b)", "964(c)", "965(a)", "967(c)", "969", "971(a)", "971(e)",
    }  # fmt: skip
    assert [rule.name for rule in RULES.values() if rule.practicable] == ["certification", "validation"]


def test_a_participant_is_certified_in_90_days_validated_in_a_year_and_revalidated_in_four():
    history = History("P-1", date(2020, 2, 29), date(2020, 5, 1), (date(2021, 4, 30),))
    assert standing(history, date(2025, 5, 1)) == {
        "certification": (date(2020, 5, 29), "done"),
        "validation": (date(2021, 5, 1), "done"),
        "revalidation": (date(2025, 4, 30), "overdue"),
    }
    assert standing(history, date(2025, 4, 30))["revalidation"][1] == "due"


def test_four_years_from_a_leap_day_that_the_year_lacks_end_the_day_before():
    history = History("P-1", certified_on=date(2020, 2, 29))
    assert standing(history, date(2021, 3, 1))["validation"] == (date(2021, 2, 28), "overdue")


def test_a_recorded_reason_is_told_apart_only_where_the_law_says_practicable():
    late = History(
        "P-1", date(2020, 1, 1), None, reasons={"certification": "records lost in a flood", "revalidation": "no staff"}
    )
    assert standing(late, date(2021, 1, 1))["certification"][1] == "late_with_reason"
    revalidation = History("P-1", validated_on=(date(2016, 1, 1),), reasons={"revalidation": "no staff"})
    assert standing(revalidation, date(2021, 1, 1))["revalidation"][1] == "overdue"


def test_a_pause_stops_the_clock_and_its_end_moves_the_day():
    lasting = (Pause(date(2020, 6, 1), None, "suspended"),)
    history = History("P-1", certified_on=date(2020, 1, 1), pauses={"validation": lasting})
    (duty,) = duties_of(history, date(2022, 1, 1))
    assert (duty.standing, duty.reason) == ("paused", "suspended")
    ended = (Pause(date(2020, 6, 1), date(2020, 6, 11), "suspended"),)
    history = History("P-1", certified_on=date(2020, 1, 1), pauses={"validation": ended})
    assert standing(history, date(2021, 1, 11))["validation"] == (date(2021, 1, 11), "due")


def test_an_appeal_has_two_clocks_and_30_days_after_false_information():
    decided = ((date(2024, 1, 1), False), (date(2024, 6, 1), True))
    history = History("P-1", decisions=decided, appeals=((date(2024, 3, 31), None),))
    found = standing(history, date(2024, 12, 1))
    assert found["appeal_filing"] == (date(2024, 3, 31), "done")
    assert found["appeal_filing_false_information"] == (date(2024, 7, 1), "done")
    assert found["appeal_decision"] == (date(2024, 3, 31) + timedelta(days=180), "overdue")


def test_the_programs_own_duties_run_from_the_last_time():
    done = {name: (date(2023, 1, 10), date(2024, 1, 9)) for name in PROGRAM_RULES}
    found = duties_of(History("", program=done), date(2025, 1, 10))
    late = [duty.rule for duty in found if duty.standing == "overdue"]
    assert sorted(late) == ["annual_report", "requirements_review", "revalidation_plan", "workload_plan"]


@given(st.lists(DAYS, max_size=5, unique=True), DAYS, DAYS)
def test_time_that_passes_only_makes_duties_later_and_never_undoes_one(validated, certified, today):
    history = History("P-1", certified_on=certified, validated_on=tuple(validated))
    now, later = (
        {(duty.rule, duty.began_on): duty for duty in duties_of(history, day)} for day in (today, today + timedelta(90))
    )
    assert now.keys() <= later.keys()
    for key, duty in now.items():
        assert duty.due_on == later[key].due_on
        if duty.standing in ("done", "done_late"):
            assert later[key] == duty
        if duty.standing == "overdue":
            assert later[key].standing in ("overdue", "done_late")
        assert all(duty.began_on <= today for duty in now.values())


@given(DAYS)
def test_shifting_the_record_shifts_what_is_due(day):
    history = History("P-1", applied_on=day, certified_on=day + timedelta(10))
    (first, *_) = duties_of(history, day + timedelta(20))
    assert first.due_on == day + timedelta(90)


def test_the_calendar_holds_what_is_left_with_a_reminder_and_reads_back():
    history = History("P-1", date(2020, 1, 1), date(2020, 2, 1), (date(2021, 1, 5),), reasons={})
    duties = duties_of(history, date(2024, 12, 1))
    read = icalendar.Calendar.from_ical(duties_calendar(duties, at=datetime.fromisoformat("2024-12-01T08:00:00")))
    (event,) = read.walk("VEVENT")
    assert event["DTSTART"].dt == date(2025, 1, 5)
    assert str(event["SUMMARY"]) == "revalidate (P-1)"
    assert "6 U.S.C. 969" in event["DESCRIPTION"]
    (alarm,) = event.walk("VALARM")
    assert alarm["TRIGGER"].dt == -timedelta(days=30)


def test_the_audits_case_would_have_come_back_at_the_second_further_incident():
    no_action = date(2021, 3, 1)
    dozens = [(date(2021, 1, 1), date(2021, 6, 1))]  # happened before, told late: no further incident
    dozens += [
        (date(2021, 4, 1) + timedelta(days=20 * n), date(2021, 4, 5) + timedelta(days=20 * n)) for n in range(36)
    ]
    assert fires_on(no_action, dozens, RepeatRule()) == date(2021, 4, 25)
    assert fires_on(no_action, dozens, RepeatRule(further=1)) == date(2021, 4, 5)
    assert fires_on(no_action, dozens[:2], RepeatRule()) is None
    assert fires_on(no_action, dozens, RepeatRule(further=2, within_days=40)) is None
