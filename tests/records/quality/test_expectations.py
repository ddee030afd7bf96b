"""What an expectations file may say, and how it is refused."""

from pathlib import Path

import pytest

from records.errors import ExpectationsRefused
from records.quality import Expectations
from records.quality.expectations import DEFAULT_TARGETS, METRICS
from records.quality.rules import RULES

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLE = DOCS / "examples" / "expectations.toml"


def refused(content):
    with pytest.raises(ExpectationsRefused) as refusal:
        Expectations.from_dict(content)
    return str(refusal.value)


def test_the_example_in_the_documentation_is_read():
    told = Expectations.from_toml(EXAMPLE)
    assert told.origin == "declared in expectations.toml"
    assert {source.every for source in told.sources} >= {"week", "month"}
    assert told.owner_of("complete.actions.criterion") != "not assigned"


def test_without_a_file_every_default_target_holds_and_nobody_is_assigned():
    told = Expectations()
    assert told.target("complete.incidents.severity").at_least == 0.95
    assert told.target("QR001").at_most == 0.001
    assert told.target("unseen") is None
    assert told.owner_of("QR001") == "not assigned"
    assert all((target.at_most is None) != (target.at_least is None) for target in DEFAULT_TARGETS)


def test_the_documentation_holds_every_rule_metric_and_key():
    page = (DOCS / "quality.md").read_text(encoding="utf-8")
    assert [rule.id for rule in RULES if f"| {rule.id} | {rule.title} | {rule.why} |" not in page] == []
    assert [metric for metric in METRICS if f"`{metric}`" not in page] == []
    keys = ("owner", "grace.action_days", "fields.TABLE", "targets.metric", "targets.at_most", "targets.owner")
    sources = tuple(
        f"sources.{key}" for key in ("name", "tables", "every", "at_least", "within_days", "owner", "since")
    )
    assert [key for key in (*keys, *sources) if f"`{key}`" not in page] == []


def test_a_value_worth_a_look_has_a_milder_target_than_a_rule():
    assert Expectations().target("QR090").at_most == 0.01


def test_a_target_of_ones_own_comes_before_the_default():
    told = Expectations.from_dict(
        {"owner": "Office", "targets": [{"metric": "QR001", "at_most": 0.2, "owner": "Data desk"}]}
    )
    assert told.target("QR001").at_most == 0.2
    assert told.owner_of("QR001") == "Data desk"
    assert told.owner_of("QR002") == "Office"


def test_an_unknown_key_is_refused_with_the_nearest_name():
    assert "did you mean 'within_days'?" in refused({"sources": [{"name": "port", "witin_days": 3}]})
    assert "did you mean 'sources'?" in refused({"source": []})
    assert "did you mean 'incidents'?" in refused({"sources": [{"name": "port", "tables": ["incident"]}]})
    assert "did you mean 'severity'?" in refused({"fields": {"incidents": ["severty"]}})
    assert "did you mean 'missing.action'?" in refused({"targets": [{"metric": "missing.actions", "at_most": 0.1}]})


def test_every_problem_is_told_at_once():
    words = refused(
        {
            "grace": {"action_days": -3},
            "sources": [{"every": "fortnight", "at_least": "many", "since": "2019"}, {"name": "b"}, {"name": "b"}],
            "targets": [{"metric": "missing"}, {"metric": "missing", "at_most": 0.1, "at_least": 0.2}],
        }
    )
    for part in ("action_days", "name", "fortnight", "at_least", "since", "got 'b' twice", "targets[1]", "targets[2]"):
        assert part in words


def test_a_file_that_is_no_toml_is_refused_with_its_name(tmp_path):
    (tmp_path / "mine.toml").write_text("sources = [", encoding="utf-8")
    with pytest.raises(ExpectationsRefused, match=r"Expected a TOML file at .*mine\.toml"):
        Expectations.from_toml(tmp_path / "mine.toml")
