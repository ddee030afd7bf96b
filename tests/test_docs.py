"""The documentation is complete: every verb, setting, table and make target is written down."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from serving.settings import describe_settings
from serving.settings_page import render_page
from trustlane import main

ROOT = Path(__file__).parents[1]
DESIGN_VERBS = (  # noqa: SIM905 - a paragraph is easier to read than a column
    "simulate ingest link mapping quality features backtest ablation tune train check promote reproduce send detection "
    "score explain queue serve demo audit criteria account"
).split()


@pytest.mark.parametrize("verb", DESIGN_VERBS)
def test_every_verb_has_help_and_stands_in_the_readme(verb):
    done = CliRunner().invoke(main, [verb, "--help"])
    assert done.exit_code == 0
    assert verb in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", sorted(main.commands))
def test_every_option_of_every_verb_says_what_it_is(verb):
    for parameter in main.commands[verb].params:
        if parameter.param_type_name == "option":
            assert parameter.help or parameter.show_default, f"{verb} {parameter.name}"


def test_every_setting_stands_on_the_page_of_settings():
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert page == render_page(), "run: python -m serving.settings_page"
    assert all(item.variable in page for item in describe_settings())


def test_every_make_target_says_what_it_does():
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z][a-z-]*):(.*)$", make, flags=re.MULTILINE)
    assert all("##" in rest for name, rest in targets if name != "browser")


def test_no_verb_is_called_wrongly_without_words_and_status_two():
    done = CliRunner().invoke(main, ["score", "--as-of", "yesterday", "--out", "x.csv"])
    assert done.exit_code == 2
    assert "expected a date YYYY-MM-DD, got 'yesterday'" in done.output
