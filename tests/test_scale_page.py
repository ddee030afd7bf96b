"""The page of scale says what was measured, and nothing else."""

from pathlib import Path

from benchmarks.scale_page import read_figures, render_page

ROOT = Path(__file__).parents[1]


def test_the_page_is_written_from_the_figures() -> None:
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    assert page == render_page(read_figures()), "run: python -m benchmarks.scale_page > docs/scale.md"


def test_every_measured_size_stayed_within_eight_gigabytes() -> None:
    for run in read_figures():
        assert all(phase["gigabytes"] <= 8 for phase in run["phases"].values())
