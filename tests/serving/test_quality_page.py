"""The quality report as a page: complete, in words, with nothing to load and nothing that a strict policy refuses."""

import re

import pytest
from worlds import day, incident, incidents_world

from records.lake import Program
from records.quality import Expectations, measure_quality
from serving.figures import share_in_words, target_in_words, value_in_words
from serving.quality_page import render_quality

EXPECTED = Expectations.from_dict(
    {
        "owner": "Office <of> records",
        "sources": [{"name": "port", "every": "week", "within_days": 3, "owner": "Port desk"}],
    }
)


def report(at=900):
    rows = [
        incident(f"I{place}", 20 * place, 20 * place + 4, source="port", discovery="port_exam", severity=5.0)
        for place in range(40)
    ]
    rows.append(incident("=HYPERLINK(1)", 500, 510, source="port", discovery="port_exam", reported_on=day(490)))
    return measure_quality(incidents_world(*rows).tables, day(at), EXPECTED)


@pytest.fixture(scope="module")
def page():
    return render_quality(report(), Program("Program & sons", simulated=True), "abcdef0123456789")


def test_the_alarm_comes_before_the_four_numbers_and_names_its_owner(page):
    assert page.index(" silent</strong>") < page.index("Four numbers")
    assert "port is silent: last rows" in page
    assert "Owner: Port desk." in page


def test_the_four_numbers_stand_apart_and_are_never_summed(page):
    for word in ("incomplete", "inconsistent", "missing", "duplicate"):
        assert f"<strong>{word}</strong>" in page
    assert "never summed" in page


def test_every_metric_has_its_row_with_target_status_and_owner(page):
    for metric in report().metrics:
        assert metric.id in page, metric.id
    assert "Office &lt;of&gt; records" in page


def test_a_missed_rule_shows_the_rows_behind_it(page):
    row = page[page.index(">QR001</span> Incident") :]
    assert "=HYPERLINK(1)" in row[: row.index("</tr>")]
    assert "<b>missed</b>" in row[: row.index("</tr>")]


def test_nothing_is_requested_and_nothing_is_refused_by_a_strict_policy(page):
    assert not re.search(r"\sstyle=", page)
    assert "<script" not in page
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", page)
    assert "url(" not in page


def test_every_chart_has_a_title_a_description_and_its_numbers_in_a_table(page):
    for chart in re.findall(r'<svg class="chart" .*?</svg>', page, flags=re.DOTALL):
        assert 'role="img"' in chart
        assert "<title" in chart
        assert "<desc" in chart
    assert page.count('<svg class="chart" ') == 2
    assert "Table of rows by source and month" in page
    assert "Delays by source" in page


def test_simulated_data_says_so_on_the_page(page):
    assert "Simulated data." in page
    assert "Simulated data." not in render_quality(report(), Program("Real"), "abc")


def test_a_record_without_a_single_incident_has_a_page_too():
    empty = measure_quality(incidents_world().tables, day(900))
    page = render_quality(empty, Program("New"), "abc")
    assert "Cannot tell" in page
    assert "No alarm" in page


def test_an_estimate_that_cannot_be_made_says_why_and_shows_no_number(page):
    part = page[page.index('id="h-unseen"') :]
    assert "Cannot tell" in part
    assert "two sources" in part
    assert "95% interval" not in part


def test_figures_are_written_in_words():
    assert [share_in_words(value) for value in (0.0, 0.00001, 0.0004, 0.123, 0.9999999, 1.0, None)] == [
        "0.0%",
        "under 0.01%",
        "0.04%",
        "12.3%",
        "over 99.99%",
        "100.0%",
        "–",
    ]
    assert value_in_words(41.0, "days") == "41 days"
    assert target_in_words(Expectations().target("late.all"), "days") == "at most 90 days"
    assert target_in_words(Expectations().target("complete.actions.reason"), "share") == "at least 95%"
    assert target_in_words(None, "share") == ""
