"""The page of mappings is complete: every key of the code stands in it and every key in it is in the code."""

import re
import tomllib
from pathlib import Path

import pytest

from records.mapping.keys import ALL_KEYS
from records.mapping.plan import read_plan

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "mapping.md").read_text(encoding="utf-8")
EXAMPLES = sorted((ROOT / "docs" / "examples").rglob("*.toml"))


def keys_on_the_page(section):
    """The names in the first column of the table under a heading."""
    body = PAGE.split(f"\n## {section}\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`.*?`) \|", body, flags=re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize("section", ALL_KEYS)
def test_each_key_is_on_the_page_and_each_key_of_the_page_is_one(section):
    assert keys_on_the_page(section) == set(ALL_KEYS[section])


def test_the_mapping_on_the_page_is_valid(tmp_path):
    (code,) = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "page.toml").write_text(code, encoding="utf-8")
    assert read_plan(tmp_path / "page.toml").rows[0].table == "incidents"


def test_every_worked_example_is_valid_and_told_on_the_page():
    mappings = [path for path in EXAMPLES if "rows" in tomllib.loads(path.read_text(encoding="utf-8"))]
    assert {path.name for path in mappings} == {
        "phmsa.toml",
        "phmsa-gas.toml",
        "phmsa-transmission.toml",
        "phmsa-exposure.toml",
        "chicago.toml",
        "field-offices.toml",
    }
    for path in mappings:
        read_plan(path)
        assert path.relative_to(ROOT / "docs").as_posix() in PAGE
