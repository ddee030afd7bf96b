"""A document says the same as values, as text for programs and as a file to read."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.documents import Document, Drawing, Gap, Listing, Paragraph, Section, Table, figure_rows
from models.errors import DocumentRefused
from models.figures import draw_png
from models.run_items import Figure, Series

words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
numbers = st.floats(-1e6, 1e6, allow_nan=False)


@st.composite
def figures(draw: st.DrawFn) -> Figure:
    lanes = tuple(draw(st.lists(words, max_size=4)))
    size = len(lanes) or draw(st.integers(1, 5))
    y = [float(place) for place in range(size)] if lanes else draw(st.lists(numbers, min_size=size, max_size=size))
    x = draw(st.lists(numbers, min_size=size, max_size=size))
    bounded = draw(st.booleans())
    series = Series("s", x, y, x if bounded else None, x if bounded else None, style="points")
    return Figure("f", draw(words), "x", "y", (series,), lanes=lanes, reference=draw(st.none() | numbers))


blocks = st.one_of(
    st.builds(Paragraph, words),
    st.builds(Gap, words),
    st.builds(Listing, st.lists(words, max_size=3).map(tuple)),
    st.builds(Table, words, st.just(("a", "b")), st.lists(st.tuples(words, words), max_size=3).map(tuple), words),
    st.builds(Drawing, figures(), words),
)
documents = st.builds(
    Document,
    words,
    words,
    st.sampled_from([True, False, None]),
    st.lists(words, max_size=2).map(tuple),
    st.lists(st.tuples(words, words), max_size=2).map(tuple),
    st.lists(st.builds(Section, words, st.lists(blocks, max_size=4).map(tuple)), max_size=3).map(tuple),
)


@given(documents)
def test_what_is_written_as_text_is_read_back_the_same(document: Document) -> None:
    again = Document.from_json(document.to_json())
    assert again.to_json() == document.to_json()
    assert again.to_markdown() == document.to_markdown()
    assert again.title == document.title
    assert [each.title for each in again.sections] == [each.title for each in document.sections]


@given(documents)
def test_every_word_of_a_table_stands_in_the_file(document: Document) -> None:
    text = document.to_markdown()
    for section in document.sections:
        assert section.title in text
        for block in section.blocks:
            if isinstance(block, Table):
                assert all(cell.replace("|", "\\|") in text for row in block.rows for cell in row)


TREND = Figure("trend", "Trend", "places", "precision", (Series("p", [1, 2], [0.5, math.nan], [0.4, 0.1], [0.6, 0.2]),))
PLAIN = Document("Card", "d" * 8, True, (), (), (Section("One", (Drawing(TREND, "It falls."),)),))


def test_a_number_that_is_not_finite_is_null_and_a_dash() -> None:
    told = json.loads(PLAIN.to_json())
    assert told["sections"][0]["blocks"][0]["figure"]["series"][0]["y"] == [0.5, None]
    assert "| 2 | – | 0.1 | 0.2 |" in PLAIN.to_markdown()


def test_a_section_is_replaced_where_it_stands_or_comes_last() -> None:
    two = PLAIN.with_section(Section("Two", ()))
    assert [each.title for each in two.sections] == ["One", "Two"]
    changed = two.with_section(Section("One", (Paragraph("new"),)))
    assert changed.section("One").blocks == (Paragraph("new"),)
    assert [each.title for each in changed.sections] == ["One", "Two"]
    with pytest.raises(KeyError):
        changed.section("Three")


def test_lanes_name_their_rows_and_bounds_are_columns() -> None:
    series = Series("lead", [0.1, -0.2], [0.0, 1.2], [0.0, -0.3], [0.2, -0.1], style="points")
    told = Figure("lead", "Lead", "difference", "rule", (series,), lanes=("recency", "index"), reference=0.0)
    assert figure_rows(told) == (
        ("rule", "difference", "lower", "upper"),
        (("recency", 0.1, 0.0, 0.2), ("index", -0.2, -0.3, -0.1)),
    )
    assert draw_png(told).startswith(b"\x89PNG")
    bars = replace(told, series=(Series("lead", [0.1, 0.2], [0.0, 1.0], style="bars"),))
    assert draw_png(bars) != draw_png(told)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", PLAIN.to_json().replace('"format": 1', '"format": 2'), PLAIN.to_json().replace("drawing", "song")],
)
def test_anything_else_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(DocumentRefused, match="Run trustlane check again"):
        Document.from_json(text)
