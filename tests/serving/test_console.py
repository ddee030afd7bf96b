"""Pages: facts before score before reasons, words instead of a missing number, nothing that leads nowhere."""

import csv
import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pandas as pd
import pytest
from starlette.testclient import TestClient

from serving.access.routes import TABLE

SCRIPT = "<script>alert(1)</script>"


class Page(HTMLParser):
    """What a page links to, names and carries inline."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.posts: list[str] = []
        self.ids: list[str] = []
        self.inline: list[str] = []
        self.tags: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given[name] for name in ("href", "src") if given.get(name)]
        if given.get("action"):
            (self.posts if given.get("method") == "post" else self.links).append(given["action"])
        self.inline += [name for name in given if name == "style" or name.startswith("on")]


@pytest.fixture(scope="module")
def queue(client: TestClient) -> Any:
    return client.post("/queue", json={"capacity": 8}).json()["queue"]


def paths(client: TestClient, queue: Any) -> Iterator[str]:
    yield from ("/console", "/console/queue?as_of=2023-06-01&capacity=3", "/console/participants", "/console/model")
    yield from ("/console/model-card", "/console/impact-assessment")
    yield from (f"/console/participants/{place['participant_id']}" for place in queue)
    yield "/console/participants/nobody"
    yield "/console/nothing"
    yield "/console?as_of=1999-01-01"


def test_the_root_leads_to_the_console(client: TestClient) -> None:
    answer = client.get("/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, "/console")


def test_pages_carry_nothing_inline_and_every_link_leads_somewhere(client: TestClient, queue: Any) -> None:
    checked: dict[str, int] = {}
    for path in paths(client, queue):
        page = Page(client.get(path).text)
        assert not page.inline, path
        assert not {"script", "style", "iframe"} & set(page.tags), path
        assert len(page.ids) == len(set(page.ids)), path
        for sent in page.posts:
            assert TABLE.find("POST", sent).listed, (path, sent)
        for link in page.links:
            if link.startswith("#"):
                assert link[1:] in page.ids, (path, link)
            elif link != "data:,":
                assert link.startswith(("/console", "?as_of=")), (path, link)
                target = link if link.startswith("/") else path.split("?")[0] + link
                if target not in checked and len(checked) < 60:
                    checked[target] = client.get(target).status_code
    assert set(checked.values()) == {200}


def test_every_page_says_as_of_when_by_which_model_on_which_data(client: TestClient, queue: Any) -> None:
    model = client.get("/model").json()
    for path in ("/console", "/console/model", f"/console/participants/{queue[0]['participant_id']}"):
        text = client.get(path).text
        assert model["model_version"] in text
        assert model["data_version"][:12] in text
        assert "<time>2024-10-01</time>" in text
        assert "Simulated data." in text
        assert "never the ground for an action" in text


def test_the_capacity_line_is_a_row_between_the_places(client: TestClient, queue: Any) -> None:
    text = client.get("/console?capacity=8").text
    order = [found if found else "line" for found in re.findall(r'class="c-rank n">(\d+)<|class="capacity"', text)]
    assert order == [*map(str, range(1, 9)), "line", *map(str, range(9, 14))]
    assert "7 places go by rank and 1 is drawn at random" in text
    assert "audit" not in text


def test_the_download_holds_the_same_places(client: TestClient, queue: Any) -> None:
    answer = client.get("/console/queue.csv?capacity=8")
    assert answer.headers["content-disposition"] == 'attachment; filename="queue-2024-10-01.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["participant_id"] for row in rows] == [place["participant_id"] for place in queue]
    assert float(rows[0]["probability"]) == queue[0]["probability"]


def test_a_participants_page_gives_facts_then_score_then_reasons_then_decisions(client: TestClient, queue: Any) -> None:
    text = client.get(f"/console/participants/{queue[0]['participant_id']}").text
    places = [text.index(f'id="{name}"') for name in ("facts", "score", "why-this", "decisions")]
    assert places == sorted(places)
    assert text.index("What raises it") < text.index("What lowers it")
    assert "occurred" in text
    assert "known" in text


def test_the_page_shows_only_what_was_known_then(client: TestClient, queue: Any) -> None:
    busiest = max(
        (client.post("/explain", json={"participant_id": place["participant_id"]}).json() for place in queue),
        key=lambda told: sum(len(factor["evidence"]) for factor in told["factors"]),
    )["participant_id"]
    now = client.get(f"/console/participants/{busiest}").text
    row = r'<tr id="incident-\d+"><th [^>]*>([^<]+)</th><td [^>]*><time>[^<]*</time></td><td [^>]*><time>([^<]+)'
    ids = re.findall(row, now)
    assert ids
    known = sorted(date for _, date in ids)[len(ids) // 2]
    then = client.get(f"/console/participants/{busiest}?as_of={known}").text
    for incident, date in ids:
        assert (f">{incident}<" in then) == (date < known), (incident, date, known)


def test_evidence_is_linked_to_the_incident_on_the_same_page(client: TestClient, queue: Any) -> None:
    linked = 0
    for place in queue:
        page = Page(client.get(f"/console/participants/{place['participant_id']}").text)
        linked += sum(link.startswith("#incident-") for link in page.links)
    assert linked


def test_not_rated_is_words_and_the_facts_stay(client: TestClient) -> None:
    from serving.service import HOLDER

    records = HOLDER.get().records
    statuses = records["statuses"]
    last = statuses.sort_values(["participant_id", "effective_on"]).drop_duplicates("participant_id", keep="last")
    gone = last.loc[last["status"].isin(["removed", "withdrawn", "suspended"]), "participant_id"].iloc[0]
    text = client.get(f"/console/participants/{gone}").text
    assert "Not rated" in text
    assert "Not rated is not the same as low risk" in text
    assert "Without a score there are no reasons" in text
    assert 'class="value"' not in text
    assert "Five years on record" in text
    told = client.post("/score", json={"participant_ids": [gone]}).json()["scores"][0]
    assert (told["rated"], told["probability"], told["rank"], told["reasons"]) == (False, None, None, [])
    assert told["not_rated_reason"]


def test_search_finds_by_number_and_by_name_and_says_when_nobody_matches(client: TestClient, queue: Any) -> None:
    one = queue[0]["participant_id"]
    by_number = client.get("/console/participants", params={"search": one.lower()}).text
    name = re.search(rf'participants/{one}\?as_of=[^"]+">([^<]+)<', by_number)
    assert name
    by_name = client.get("/console/participants", params={"search": name[1].upper()}).text
    assert one in by_name
    assert "No participant matches" in client.get("/console/participants", params={"search": "zzzzz"}).text


@pytest.mark.parametrize(
    "path",
    [
        f"/console?as_of={SCRIPT}",
        f"/console?capacity={SCRIPT}",
        "/console?capacity=٣",
        "/console?capacity=1e3",
        f"/console/participants?as_of={SCRIPT}",
        f"/console/model?as_of={SCRIPT}",
    ],
)
def test_a_form_that_does_not_fit_gets_a_page_without_an_echo(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 422
    assert "alert(1)" not in answer.text
    assert 'role="alert"' in answer.text


def test_what_was_searched_for_is_escaped(client: TestClient) -> None:
    text = client.get("/console/participants", params={"search": SCRIPT}).text
    assert SCRIPT not in text
    assert "&lt;script&gt;" in text


def test_an_unknown_participant_gets_a_page_that_repeats_nothing(client: TestClient) -> None:
    answer = client.get(f"/console/participants/{SCRIPT.replace('/', '')}")
    assert answer.status_code == 404
    assert "alert(1)" not in answer.text
    assert "Not on record" in answer.text


def test_names_of_firms_are_escaped_everywhere(client: TestClient, reload: Any, queue: Any) -> None:
    from dataclasses import replace

    from records.known import Records
    from serving.service import HOLDER

    one = queue[0]["participant_id"]
    workspace = HOLDER.get()
    people = workspace.records["participants"].copy()
    people.loc[people["participant_id"] == one, "legal_name"] = SCRIPT
    tables = {**workspace.records.tables, "participants": people}
    prepared = replace(workspace.prepared, records=Records(tables, workspace.records.data_version))
    HOLDER.put(replace(workspace, prepared=prepared))
    for path in ("/console", f"/console/participants/{one}", "/console/participants?search=script"):
        text = client.get(path).text
        assert SCRIPT not in text
        assert "&lt;script&gt;" in text, path


def test_the_model_page_shows_effects_yield_and_calibration(client: TestClient) -> None:
    text = client.get("/console/model").text
    for part in ("Effect of factor groups", "Yield by score band", "Calibration", "favorable end"):
        assert part in text
    shares = [float(found) for found in re.findall(r'<td class="n"><b>([\d.]+)%</b>', text)]
    assert sum(shares) == pytest.approx(100, abs=2)
    assert shares == sorted(shares, reverse=True)


def test_without_measures_the_model_page_says_so(client: TestClient, reload: Any) -> None:
    from dataclasses import replace

    from serving.service import HOLDER

    workspace = HOLDER.get()
    assert workspace.model is not None
    HOLDER.put(replace(workspace, model=replace(workspace.model, facts={})))
    assert "No measures stand beside this model" in client.get("/console/model").text


def test_the_brief_is_one_file_with_nothing_to_load(client: TestClient, queue: Any) -> None:
    from serving.console.brief import render_brief
    from serving.service import HOLDER

    workspace = HOLDER.get()
    told = workspace.explain(queue[0]["participant_id"], pd.Timestamp("2024-10-01"))
    text = render_brief(workspace.records, workspace.program, told)
    page = Page(text)
    assert text.startswith("<!doctype html>")
    assert page.links == ["data:,"]
    assert "What raises it" in text
    assert "http" not in text
