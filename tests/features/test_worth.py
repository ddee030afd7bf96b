"""What a family is worth: the verdict, the file behind the page, and the section of the page."""

from dataclasses import replace
from pathlib import Path

import pytest

from features.errors import WorthUnreadable
from features.feature import FAMILIES
from features.worth import (
    ADDS,
    METRICS,
    NEEDED,
    NO_EVIDENCE,
    NOT_MEASURED,
    WORTH_FILE,
    Difference,
    FamilyWorth,
    ProgramWorth,
    merged,
    read_worth,
    without_evidence,
    write_worth,
)
from features.worth_page import worth_section

NOTHING, SOME, UNSURE = Difference(0.0, 0.0, 0.0), Difference(0.05, 0.01, 0.09), Difference(0.05, -0.01, 0.1)


def both(difference: Difference) -> dict[str, Difference]:
    return dict.fromkeys(METRICS, difference)


def program(without: Difference, added: Difference, *, refit: float = 0.002, name: str = "simulated") -> ProgramWorth:
    return ProgramWorth(
        program=name,
        catalog="hash",
        data_version="version",
        participants=4000,
        capacity=100,
        rounds=150,
        fits=2,
        replicates=300,
        horizon_days=365,
        origins=("2022-06-01", "2023-06-01"),
        base=("incident_history", "profile"),
        full=both(Difference(0.4, 0.3, 0.5)),
        base_alone=both(Difference(0.3, 0.2, 0.4)),
        refit=both(Difference(refit, -0.01, 0.01)),
        families={"peers": FamilyWorth(4, both(without), both(added))},
    )


@pytest.mark.parametrize(
    ("without", "added", "verdict"),
    [
        (SOME, UNSURE, NEEDED),
        (SOME, SOME, NEEDED),
        (UNSURE, SOME, ADDS),
        (NOTHING, SOME, ADDS),
        (UNSURE, UNSURE, NO_EVIDENCE),
        (NOTHING, NOTHING, NO_EVIDENCE),
    ],
)
def test_evidence_is_a_difference_whose_whole_interval_lies_above_zero(
    without: Difference, added: Difference, verdict: str
) -> None:
    assert program(without, added).verdict("peers") == verdict


@pytest.mark.parametrize("chance", [0.06, -0.06])
def test_a_difference_that_fitting_again_makes_too_is_no_evidence(chance: float) -> None:
    assert program(SOME, SOME, refit=chance).verdict("peers") == NO_EVIDENCE


def test_only_what_was_measured_and_found_nowhere_is_without_evidence() -> None:
    found, none = program(SOME, SOME), program(NOTHING, NOTHING)
    assert none.verdict("standing") == NOT_MEASURED
    assert without_evidence([none], "peers")
    assert without_evidence([none, replace(none, families={})], "peers")
    assert not without_evidence([none, found], "peers")
    assert not without_evidence([none], "standing")
    assert not without_evidence([], "peers")


def test_a_file_gives_back_what_was_written_and_a_program_measured_again_keeps_its_place(tmp_path: Path) -> None:
    path = tmp_path / "docs" / "worth.json"
    first, second = program(SOME, SOME, name="one"), program(UNSURE, SOME, name="two")
    write_worth(merged(merged((), first), second), path)
    assert read_worth(path) == (first, second)
    news = replace(first, participants=9)
    assert merged(read_worth(path), news) == (news, second)
    assert read_worth(tmp_path / "none.json") == ()


@pytest.mark.parametrize("text", ["{", "[]", '{"programs": [{"program": "x"}]}', '{"programs": [{"luck": 1}]}'])
def test_a_file_that_is_none_is_refused_with_what_to_do(tmp_path: Path, text: str) -> None:
    (tmp_path / "worth.json").write_text(text)
    with pytest.raises(WorthUnreadable, match=r"Expected a file that trustlane ablation --worth wrote.*measure again"):
        read_worth(tmp_path / "worth.json")


def test_the_section_marks_families_without_evidence_and_tells_figures_with_intervals() -> None:
    section = worth_section([program(NOTHING, UNSURE)], ["peers", "standing"])
    assert "| Peer group | no evidence | **without evidence of worth** |" in section
    assert "| Standing in the program | not measured |  |" in section
    assert "| `peers` | 4 | 0.000 (0.000 to 0.000) | +0.050 (−0.010 to +0.100) |" in section
    assert "Average precision: all families 0.400 (0.300 to 0.500), base 0.300 (0.200 to 0.400)" in section
    assert "Recall at 100 places" in section
    assert "Not measured yet" in worth_section([], ["peers"])


def test_the_committed_file_is_of_families_that_exist_and_names_no_place_of_a_machine() -> None:
    kept = read_worth()
    assert kept, "run: trustlane ablation --worth docs/worth.json --program NAME"
    assert {family for each in kept for family in each.families} <= set(FAMILIES)
    assert "/" not in "".join(each.program for each in kept)
    assert WORTH_FILE.name == "worth.json"
