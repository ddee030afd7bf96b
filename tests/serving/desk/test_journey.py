"""The journey in a real browser: from the queue by keyboard to a decision signed by two persons, and its appeal."""

import re
import shutil
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
MOST_TABS = 120

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install it to run the browser tests"),
]


@pytest.fixture(scope="module")
def address(office: Any) -> Iterator[str]:
    """The application of this process on a loopback port, so that a browser reaches it and accounts can be given."""
    config = uvicorn.Config(office.client.app, host="127.0.0.1", port=0, lifespan="off", log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not server.started and time.monotonic() < until:
        time.sleep(0.05)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=20)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any, signed_in: dict[str, str]) -> Iterator[Any]:
    """A page in which axe may be put; scripts of the console itself there are none."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, bypass_csp=True, extra_http_headers=signed_in
    )
    yield context.new_page()
    context.close()


def tab_to(page: Any, selector: str) -> None:
    """Press Tab until the focus is on the element."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"the keyboard does not reach {selector}")


def look(page: Any) -> None:
    """The page fits 320 and 1440 px, and axe finds no violation, with everything opened."""
    from axe_playwright_python.sync_playwright import Axe

    for details in page.query_selector_all("details:not([open]) > summary"):
        details.click()
    for width in (320, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (page.url, width)
        result = Axe().run(page).response
        said = [(rule["id"], [node["html"][:200] for node in rule["nodes"][:3]]) for rule in result["violations"]]
        assert len(result["passes"]) > 10, "axe did not look at the page"
        assert said == [], (page.url, width)


def test_from_the_queue_to_a_signed_decision_to_its_appeal(office, address, page, as_account):
    with as_account("ann"):
        page.goto(f"{address}/console")
        tab_to(page, ".takenext button")
        page.keyboard.press("Enter")
        page.wait_for_url("**?done=take")
        assert page.evaluate("document.activeElement.id") == "notice"
        participant = page.url.split("/")[-1].split("?")[0]
        tab_to(page, "[id^=choose_method] input[type=radio]")
        said = page.text_content("[id^=choose_method] .matched").lower().strip(" .\n")
        labels = page.eval_on_selector_all(
            "[id^=choose_method] label.choice", "found => found.map(label => label.textContent.trim().toLowerCase())"
        )
        wanted = next(place for place, label in enumerate(labels) if said.endswith(label))
        page.keyboard.press("Space")
        for _ in range(wanted):
            page.keyboard.press("ArrowDown")
        tab_to(page, "[id^=choose_method] button")
        page.keyboard.press("Enter")
        page.wait_for_url("**?done=choose_method")
        assert "being examined" in page.text_content("#notice")
        look(page)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.click("form[id^=release] button")
        page.wait_for_url("**?done=release")
    with as_account("sam", "manager"):
        page.goto(f"{address}/console/participants/{participant}")
        form = page.locator("form[id^=propose]")
        with page.expect_navigation():
            form.locator("button").click()
        assert page.evaluate("document.activeElement.id") == "notice"
        look(page)
        page.set_viewport_size({"width": 1440, "height": 900})
        page.click("#notice li:first-child a")
        match = re.search(r"Confirmed: (\S+), .*?: ([^:\n]*)\.", form.locator(".matched").inner_text())
        assert match, form.locator(".matched").inner_text()
        form.locator("input[name=disposition][value=confirmed]").check()
        form.locator("select[name=action]").select_option("suspension")
        form.locator("select[name=criterion]").select_option(match[1])
        if match[2] != "suspension":
            form.locator("select[name=deviation_code]").select_option("legal_advice")
            form.locator("[name=deviation_text]").fill("counsel advises it")
        form.locator("[name=rationale]").fill("The seal was cut in the yard")
        form.locator("[name=decided_on]").fill(office.workspace.today.isoformat())
        form.locator("select[name=emergency_code]").select_option("public_safety")
        form.locator("[name=emergency_text]").fill("loads leave daily")
        form.locator("button").click()
        page.wait_for_url("**?done=propose")
        assert page.locator("form[id^=approve]").count() == 0, "nobody signs the own decision"
    with as_account("dee", "manager"):
        page.goto(f"{address}/console/participants/{participant}")
        page.click("form[id^=approve] button")
        page.wait_for_url("**?done=approve")
        assert "by sam, signed by dee" in page.text_content("#case-1")
    with as_account("ann"):
        page.goto(f"{address}/console/participants/{participant}")
        page.click("summary:has-text('Record an appeal')")
        page.fill("form[id^=appeal] [name=on]", office.workspace.today.isoformat())
        page.click("form[id^=appeal] button")
        page.wait_for_url("**?done=appeal")
        look(page)
        page.goto(f"{address}/console")
        look(page)


def test_two_tabs_decide_at_once_and_the_second_is_told(office, address, browser, signed_in, as_account):
    case = next(case for case in office.waiting() if case.state == "open" and not case.holder)
    context = browser.new_context(java_script_enabled=False, extra_http_headers=signed_in)
    first, second = context.new_page(), context.new_page()
    with as_account("ann"):
        for tab in (first, second):
            tab.goto(f"{address}/console/participants/{case.participant_id}")
        first.click("form[id^=take] button")
        second.click("summary:has-text('Let it rest')")
        second.fill("form[id^=snooze] textarea", "no one is free")
        second.fill("form[id^=snooze] [name=until]", "2025-01-01")
        second.click("form[id^=snooze] button")
    assert "Held by you" in (first.text_content("main") or "")
    assert "Meanwhile" in (second.text_content("#notice") or "")
    assert second.input_value("form[id^=snooze] textarea") == "no one is free"
    context.close()
