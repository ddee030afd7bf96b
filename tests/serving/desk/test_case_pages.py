"""Cases moved by persons: forms without script, nothing typed is lost, and two persons never collide."""

import re
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from desk_forms import fields_of, forms_on


def free_cases(office):
    return [case for case in office.waiting() if case.state == "open" and not case.holder]


def test_a_form_moves_the_case_once_and_leads_to_a_page_with_a_notice(office, as_account):
    case = free_cases(office)[0]
    with as_account("ann"):
        page = office.page(case.participant_id)
        assert forms_on(page) >= {"take", "choose_method", "snooze"}
        assert "The facts match criterion" in page
        values = fields_of(page, "take")
        first, second = office.send(case.participant_id, values), office.send(case.participant_id, values)
        assert first.status_code == second.status_code == 303
        assert first.headers["location"] == f"/console/participants/{case.participant_id}?done=take"
        after = office.page(case.participant_id, done="take")
    assert 'id="notice" role="status" tabindex="-1" autofocus' in after
    assert "Held by you until" in after
    assert "take" not in forms_on(after)
    with as_account("bob"):
        assert forms_on(office.page(case.participant_id)) & {"take", "choose_method", "snooze", "release"} == set()
    with as_account("eve", "auditor"):
        assert forms_on(office.page(case.participant_id)) == set()


def test_a_refused_form_lists_its_problems_with_links_and_keeps_every_word(office, as_account):
    case = free_cases(office)[1]
    typed = "waits for <b>the laboratory</b>"
    with as_account("ann"):
        values = fields_of(office.page(case.participant_id), "snooze") | {
            "until": "tomorrow",
            "reason": "awaiting_information",
            "text": typed,
        }
        page = office.send(case.participant_id, values).text
        assert 'role="alert" tabindex="-1" autofocus' in page
        link = re.search(r'<a href="#(snooze-\d+-until)">Until: expected a date, year-month-day</a>', page)
        assert link
        assert re.search(rf'id="{link[1]}"[^>]*value="tomorrow"[^>]*aria-invalid="true"', page)
        assert "waits for &lt;b&gt;the laboratory&lt;/b&gt;</textarea>" in page
        assert typed not in page
        assert re.search(r'<option value="awaiting_information" selected>', page)
        past = (office.workspace.today - timedelta(days=1)).isoformat()
        refused = office.send(case.participant_id, values | {"until": past}).text
        assert "Expected a day after today" in refused
        assert fields_of(refused, "snooze")["request"] == values["request"]
        good = (office.workspace.today + timedelta(days=1)).isoformat()
        assert office.send(case.participant_id, values | {"until": good}).status_code == 303


def test_two_tabs_at_once_the_second_is_told_who_when_and_what_and_keeps_its_text(office, as_account):
    case = free_cases(office)[2]
    with as_account("bob"):
        tab = fields_of(office.page(case.participant_id), "snooze") | {
            "until": (office.workspace.today + timedelta(days=3)).isoformat(),
            "reason": "capacity",
            "text": "no one is free",
        }
    with as_account("ann"):
        assert office.send(case.participant_id, fields_of(office.page(case.participant_id), "take")).status_code == 303
    with as_account("bob"):
        page = office.send(case.participant_id, tab).text
    assert re.search(r"Meanwhile, \d{4}-\d\d-\d\d \d\d:\d\d UTC, ann: hold the case", page)
    assert "no one is free" in page


def test_a_past_date_shows_the_cases_as_they_stood_without_forms(office, as_account):
    case = free_cases(office)[0]
    past = (office.workspace.default_as_of - timedelta(days=1)).isoformat()
    with as_account("ann", "manager"):
        page = office.page(case.participant_id, as_of=past)
    assert forms_on(page) == set()
    assert case.case_id not in page


def test_no_form_names_the_score(office, as_account):
    case = free_cases(office)[0]
    with as_account("ann", "manager"):
        page = office.page(case.participant_id)
    for form in re.findall(r'<form class="form.*?</form>', page, re.DOTALL):
        assert "probability" not in form
        assert "%" not in form


def test_take_next_gives_the_first_of_the_queue_and_never_one_case_to_two(office, as_account):
    from serving.caller import Caller
    from serving.desk.levels import person_of
    from serving.desk.listed import take_next_case

    cohort, drawn = office.workspace.queue(office.workspace.moment(None))
    order = [*drawn["participant_id"], *cohort.frame.sort_values("rank")["participant_id"]]
    now = office.workspace.today.isoformat()
    free = {case.participant_id for case in free_cases(office) if not case.snoozed_until > now}
    first = next(name for name in order if name in free)

    def take(number: int) -> str:
        person = person_of(Caller(f"person-{number}", "analyst"))
        case = take_next_case(office.desk, office.workspace, person, office.request())
        assert case is not None
        return case.case_id

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(take, range(8)))
    assert len(set(taken)) == 8
    assert any(first in case_id for case_id in taken)
    with as_account("ann"):
        page = office.client.get("/console").text
        assert "Take next" in page
        values = dict(re.findall(r'<input type="hidden" name="(request)" value="([^"]*)">', page))
        led = office.client.post("/console/queue/take", data=values, follow_redirects=False)
        again = office.client.post("/console/queue/take", data=values, follow_redirects=False)
    assert led.status_code == again.status_code == 303
    assert led.headers["location"] == again.headers["location"]
    assert led.headers["location"].endswith("?done=take")


def test_forms_are_taken_below_the_console_only(office):
    for path in ("/score", "/decisions"):
        assert office.client.post(path, data={"move": "take"}).status_code == 415
    assert (
        office.client.post("/console/queue/take", content=b"%ff", headers={"content-type": "text/plain"}).status_code
        == 415
    )


def test_the_real_service_has_made_its_tables_before_it_answers(server):
    with urllib.request.urlopen(f"{server}/console", timeout=60) as answer:
        page = answer.read().decode()
    assert "Take next" in page
    assert "Cases cannot be shown" not in page
