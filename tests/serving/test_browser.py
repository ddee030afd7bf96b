"""The console in a real browser: it opens, obeys its policy, stays on the host, fits, and works by keyboard."""

import json
import shutil
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
WIDTHS = (1440, 400)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine: install it to run the browser tests"),
]


class SignedIn:
    """A browser whose contexts carry a manager's token."""

    def __init__(self, opened: Any, headers: dict[str, str]) -> None:
        self.opened = opened
        self.headers = headers

    def new_context(self, **options: Any) -> Any:
        return self.opened.new_context(**({"extra_http_headers": self.headers} | options))


@pytest.fixture(scope="module")
def browser(signed_in: dict[str, str]) -> Iterator[SignedIn]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield SignedIn(opened, signed_in)
        opened.close()


@pytest.fixture(scope="module")
def pages(server: str) -> dict[str, str]:
    request = urllib.request.Request(
        f"{server}/queue", data=b'{"capacity": 8}', headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        first = json.loads(answer.read())["queue"][0]["participant_id"]
    return {
        "queue": "/console",
        "participants": "/console/participants",
        "search without result": "/console/participants?search=zzzzz",
        "participant": f"/console/participants/{first}",
        "model": "/console/model",
        "model card": "/console/model-card",
        "impact assessment": "/console/impact-assessment",
        "not found": "/console/participants/nobody",
        "date out of range": "/console?as_of=2031-01-01",
    }


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_obeys_its_policy_and_stays_on_the_host(
    browser: Any, server: str, pages: dict[str, str], width: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    refused: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if "Failed to load" not in message.text else None)
    page.on("pageerror", lambda error: refused.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    for name, path in pages.items():
        page.goto(server + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (name, width)
        for details in page.query_selector_all("details:not([open]) > summary"):
            details.click()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (name, width, "open")
        assert page.evaluate("getComputedStyle(document.querySelector('main')).paddingTop") != "0px", name
    context.close()
    assert refused == []
    assert asked
    assert all(url.startswith((server, "data:")) for url in asked), asked


@pytest.mark.parametrize("width", WIDTHS)
def test_axe_finds_no_violation_with_details_closed_and_open(
    browser: Any, server: str, pages: dict[str, str], width: int
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    # axe is put into the page as a script, which the console's policy rightly refuses.
    context = browser.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    page = context.new_page()
    for name, path in pages.items():
        page.goto(server + path)
        for opened in (False, True):
            if opened:
                for details in page.query_selector_all("details:not([open]) > summary"):
                    details.click()
            result = Axe().run(page).response
            said = [(rule["id"], [node["html"][:160] for node in rule["nodes"][:3]]) for rule in result["violations"]]
            assert len(result["passes"]) > 10, "axe did not look at the page"
            assert said == [], (name, width, opened)
    context.close()


def test_the_keyboard_alone_reaches_and_opens_the_first_participant(browser: Any, server: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{server}/console")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('.queue a')"):
            break
    wanted = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/participants/*")
    assert page.text_content("h1") == wanted
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_person_signs_in_by_keyboard_and_signs_out_without_script(browser: Any, server: str, width: int) -> None:
    from axe_playwright_python.sync_playwright import Axe

    looked_at = browser.opened.new_context(viewport={"width": width, "height": 900}, bypass_csp=True)
    page = looked_at.new_page()
    page.goto(f"{server}/console/participants")
    assert page.url.endswith("/console/sign-in?next=%2Fconsole%2Fparticipants")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    said = [(rule["id"], rule["nodes"][0]["html"][:160]) for rule in Axe().run(page).response["violations"]]
    assert said == []
    looked_at.close()
    context = browser.opened.new_context(viewport={"width": width, "height": 900}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server}/console/participants")
    page.focus("#name")
    page.keyboard.type("analyst")
    page.keyboard.press("Tab")
    page.keyboard.type("the tests sign in with this")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server}/console/participants")
    assert "analyst, analyst" in (page.text_content("header") or "")
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert cookies["trustlane_session"]["httpOnly"]
    page.click("text=Sign out")
    page.wait_for_url(f"{server}/console/sign-in")
    page.goto(f"{server}/console/participants")
    assert "/console/sign-in" in page.url
    context.close()


def test_the_form_draws_another_list_without_script(browser: Any, server: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{server}/console")
    page.fill("#asof", "2023-06-01")
    page.fill("#capacity", "3")
    page.click("text=Draw")
    assert "3 cases can be examined" in (page.text_content("main") or "")
    assert page.input_value("#asof") == "2023-06-01"
    context.close()
