"""The engines that the kernel is compared with give its figures, and the page of figures is what was measured."""

import json
from pathlib import Path

import pytest

from benchmarks.engines_compared import expect_same
from benchmarks.matrix_world import Size
from benchmarks.performance_page import PAGE, RESULTS, render_page
from benchmarks.result import Floor, floors_met
from benchmarks.timing import growth_exponent
from benchmarks.window_engines import RIVALS
from benchmarks.window_rows import made_up_rows


@pytest.mark.parametrize("columns", [40, 33])
def test_every_rival_gives_the_columns_of_the_kernel(columns: int) -> None:
    expect_same(made_up_rows(Size(150, 5, 4_000), seed=3, columns=columns), RIVALS)


def test_an_engine_with_other_figures_is_refused() -> None:
    rows = made_up_rows(Size(20, 2, 100), seed=3)
    with pytest.raises(ValueError, match="Expected the columns of wrong to equal the kernel's"):
        expect_same(rows, {"wrong": lambda given: RIVALS["NumPy searchsorted"](given) + 1})


def test_the_exponent_of_a_straight_line_is_one_and_of_a_square_two() -> None:
    sizes = [1, 2, 4, 8]
    assert growth_exponent(sizes, [3 * size for size in sizes]) == pytest.approx(1)
    assert growth_exponent(sizes, [size**2 for size in sizes]) == pytest.approx(2)


def test_a_missed_floor_shows_on_the_page_beside_what_was_promised(tmp_path: Path) -> None:
    floors = floors_met([Floor("seconds", 3.0, "<=", 2.0), Floor("times as fast", 3.0, ">=", 2.0)])
    result = {"title": "A job", "machine": {"Python": "3.11"}, "seconds": {"all of it": 3.0}, "floors": floors}
    (tmp_path / "job.json").write_text(json.dumps(result), encoding="utf-8")
    page = render_page(tmp_path)
    assert "| seconds | 3.00 | at most 2 | **no** |" in page
    assert "| times as fast | 3.00 | at least 2 | yes |" in page
    assert "Measured on Python 3.11." in page


def test_the_page_of_figures_is_what_the_stored_results_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_page(RESULTS), "run: python -m benchmarks.performance_page"
