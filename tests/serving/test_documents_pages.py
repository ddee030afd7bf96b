"""The card and the assessment in the console: what the checks left, word for word, or an honest empty page."""

import json
import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from models.documents import Document, Drawing, Gap, Section, Table
from models.run_items import Figure, Series
from serving.documents import DOCUMENTS, Kept, read_documents

SLUGS = ("model-card", "impact-assessment")


def words_of(html: str) -> str:
    """The text of a page without its tags, its white space made even."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


def plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.fixture(scope="module")
def kept(client: TestClient) -> dict[str, Document]:
    from serving.service import HOLDER

    return {name: found.document for name, found in HOLDER.get().documents.items() if found.document is not None}


def test_both_documents_are_pinned_beside_the_model_and_are_about_it(kept: dict[str, Document], client: Any) -> None:
    assert set(kept) == set(DOCUMENTS)
    digest = client.get("/model").json()["model_digest"]
    assert {each.model_digest for each in kept.values()} == {digest}
    assert all(each.simulated for each in kept.values())


def test_every_notice_section_cell_and_gap_stands_on_the_page(kept: dict[str, Document], client: TestClient) -> None:
    for name, document in kept.items():
        page = words_of(client.get(f"/console/{name.replace('_', '-')}").text)
        assert "SYNTHETIC DATA" in page
        assert all(plain(notice) in page for notice in document.notices)
        for section in document.sections:
            assert section.title in page
            for block in section.blocks:
                if isinstance(block, Gap):
                    assert plain(block.text) in page
                elif isinstance(block, Drawing):
                    assert plain(block.meaning) in page
                elif isinstance(block, Table):
                    for row in block.rows:
                        for cell in row:
                            parts = re.fullmatch(r"(\S+) \((.+ to .+)\)", cell)
                            assert all(plain(part) in page for part in (parts.groups() if parts else (cell,)))


def test_programs_and_files_get_the_same_document(kept: dict[str, Document], client: TestClient) -> None:
    for name, document in kept.items():
        slug = name.replace("_", "-")
        assert client.get(f"/console/{slug}.json").json() == json.loads(document.to_json())
        answer = client.get(f"/console/{slug}.md")
        assert answer.text == document.to_markdown()
        assert answer.headers["content-disposition"] == f'attachment; filename="{slug}.md"'
        assert f'href="/console/{slug}.md"' in client.get(f"/console/{slug}").text


def test_pages_carry_nothing_inline_and_each_picture_says_what_it_shows(client: TestClient, kept: Any) -> None:
    for slug in SLUGS:
        text = client.get(f"/console/{slug}").text
        assert not re.search(r"<script|<style|\sstyle=|\son\w+=", text)
        ids = re.findall(r'\sid="([^"]+)"', text)
        assert len(ids) == len(set(ids))
        assert all(name in ids for group in re.findall(r'aria-labelledby="([^"]+)"', text) for name in group.split())
        drawings = [
            block
            for section in kept[slug.replace("-", "_")].sections
            for block in section.blocks
            if isinstance(block, Drawing)
        ]
        assert text.count('role="img"') == text.count("<desc ") == len(drawings)
        assert f'href="/console/{slug}" aria-current="page"' in text


def test_the_promotion_with_its_reason_stands_in_both(client: TestClient) -> None:
    for slug in SLUGS:
        assert "the model of the tests" in words_of(client.get(f"/console/{slug}").text)


def test_a_record_too_short_for_a_backtest_leaves_a_card_that_says_not_judged(kept: dict[str, Document]) -> None:
    assert any(notice.startswith("NOT YET JUDGED") for notice in kept["model_card"].notices)
    assert not kept["model_card"].figures


LEAD = Series("lead", [0.5, -0.25], [0.0, 1.0], [0.25, -0.5], [0.75, 0.0], style="points")
LINE = Series("precision", [50, 100], [0.4, 0.2], [0.3, 0.1], [0.5, None], style="line")
DOTS = Series("low", [1.0, 2.0], [0.1, -0.2], style="points")
FIGURES = (
    Figure("lead", "Lead over rules", "difference", "rule", (LEAD,), lanes=("recency", "index"), reference=0.0),
    Figure("bars", "Parts", "share", "cause", (replace(LEAD, style="bars"),), lanes=("one", "two")),
    Figure("line", "Precision by capacity", "places", "precision", (LINE,)),
    Figure("points", "Reliability", "given", "seen", (replace(LINE, style="points"),), diagonal=True),
    Figure("dots", "Dependence", "value", "part", (DOTS, DOTS, DOTS), reference=0.0, scattered=True),
)


def test_every_kind_of_figure_is_drawn_with_its_table_unless_it_is_a_scatter(
    client: TestClient, reload: Any, kept: dict[str, Document]
) -> None:
    from serving.service import HOLDER

    drawn = Section("Figures", tuple(Drawing(figure, f"It shows {figure.name}.") for figure in FIGURES))
    shown = replace(kept["model_card"], sections=(drawn,))
    HOLDER.put(replace(HOLDER.get(), documents={"model_card": Kept(shown)}))
    text = client.get("/console/model-card").text
    pictures = re.findall(r"<figure .+?</figure>", text, flags=re.DOTALL)
    assert len(pictures) == len(FIGURES)
    for figure, picture in zip(FIGURES, pictures, strict=True):
        assert f"It shows {figure.name}." in picture
        assert ("Table of the values" in picture) == (not figure.scattered)
        assert all(name in picture for name in figure.lanes)
    lead, bars, line, points, dots = pictures
    assert lead.count('class="iv"') == 2
    assert "0.50 (0.25 to 0.75)" in lead or "0.500 (0.250 to 0.750)" in lead
    assert bars.count('<rect class="up"') == 2
    assert not re.search(r'width="-', bars)
    assert line.count("<polyline") == line.count("<polygon") == 1
    assert points.count('class="rf"') == 1
    assert dots.count('class="legend"') == 1


@pytest.mark.parametrize("problem", ["", "It cannot be read: of another form."])
def test_a_model_that_was_never_checked_has_an_empty_page_that_says_what_to_do(
    client: TestClient, reload: Any, problem: str
) -> None:
    from serving.service import HOLDER

    HOLDER.put(replace(HOLDER.get(), documents=dict.fromkeys(DOCUMENTS, Kept(None, problem))))
    for slug in SLUGS:
        answer = client.get(f"/console/{slug}")
        assert answer.status_code == 200
        assert "trustlane check" in answer.text
        assert (problem or "This model was never checked") in answer.text
        assert "Download" not in answer.text
        for kind in ("json", "md"):
            refused = client.get(f"/console/{slug}.{kind}")
            assert refused.status_code == 404
            assert "trustlane check" in refused.text


def test_words_from_a_document_are_escaped(client: TestClient, reload: Any, kept: dict[str, Document]) -> None:
    from serving.service import HOLDER

    evil = "<script>alert(1)</script>"
    bad = replace(kept["model_card"], title=evil, notices=(evil,), facts=((evil, evil),))
    HOLDER.put(replace(HOLDER.get(), documents={"model_card": Kept(bad)}))
    assert evil not in client.get("/console/model-card").text


def test_a_damaged_document_and_one_about_another_model_are_not_shown(tmp_path: Path, kept: Any) -> None:
    text = kept["model_card"].to_json()
    (tmp_path / "model_card.json").write_text(text, encoding="utf-8")
    (tmp_path / "impact_assessment.json").write_text(text[:-20], encoding="utf-8")
    found = read_documents(tmp_path, "another digest")
    assert [each.document for each in found.values()] == [None, None]
    assert "another model" in found["model_card"].problem
    assert "cannot be read" in found["impact_assessment"].problem
    assert read_documents(tmp_path, kept["model_card"].model_digest)["model_card"].document is not None
    assert read_documents(None, "")["model_card"] == Kept(None)
