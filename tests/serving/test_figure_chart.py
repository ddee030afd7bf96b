"""Marks of a document's figure stand where their values say, inside the picture, between ticks that hold them all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.run_items import Figure, Series
from serving.console.figure_chart import PLANE_BOTTOM, PLANE_TOP, figure_chart

numbers = st.floats(-1e5, 1e5, allow_nan=False).map(lambda value: round(value, 3))
pairs = st.lists(st.tuples(numbers, numbers), min_size=1, max_size=12)


@given(pairs, st.booleans())
def test_higher_values_stand_higher_and_everything_is_inside(
    values: list[tuple[float, float]], scattered: bool
) -> None:
    series = Series("s", [x for x, _ in values], [y for _, y in values], style="points")
    chart = figure_chart(Figure("f", "F", "x", "y", (series,), scattered=scattered))
    assert all(0 <= mark.x <= 100 for mark in chart.points)
    assert all(PLANE_TOP <= mark.y <= PLANE_BOTTOM for mark in chart.points)
    assert all(0 <= x <= 100 for x, _ in chart.across)
    order = sorted(range(len(values)), key=lambda place: values[place][1])
    heights = [chart.points[place].y for place in order]
    assert heights == sorted(heights, reverse=True)


@given(st.lists(numbers, min_size=1, max_size=8))
def test_bounds_of_a_lane_hold_its_value_and_lanes_keep_their_order(values: list[float]) -> None:
    y = [float(place) for place in range(len(values))]
    bounds = [value - 1 for value in values], [value + 1 for value in values]
    lanes = tuple(f"lane {place}" for place in range(len(values)))
    series = Series("s", values, y, *bounds, style="points")
    chart = figure_chart(Figure("f", "F", "x", "y", (series,), lanes=lanes, reference=0.0))
    assert [lane.name for lane in chart.lanes] == list(lanes)
    assert [mark.y for mark in chart.points] == sorted(mark.y for mark in chart.points)
    for mark in chart.points:
        assert mark.lower is not None
        assert mark.upper is not None
        assert mark.lower <= mark.x <= mark.upper
    assert chart.reference_x is not None
    assert chart.zero_x == chart.reference_x


def test_a_missing_value_leaves_no_mark_and_a_single_value_has_a_scale() -> None:
    told = Figure("f", "F", "x", "y", (Series("s", [1.0, 2.0], [0.5, None]),))  # type: ignore[list-item]
    assert len(figure_chart(told).points) == 1
    one = Figure("f", "F", "x", "y", (Series("s", [0.0], [0.0], style="points"),))
    assert len(figure_chart(one).across) > 1


@pytest.mark.parametrize(
    ("values", "labels"),
    [([0.0, 0.5, 1.0], ["0", "0.2", "0.4", "0.6", "0.8", "1"]), ([-200.0, 1000.0], ["−500", "0", "500", "1,000"])],
)
def test_ticks_are_round_numbers_with_a_real_minus(values: list[float], labels: list[str]) -> None:
    series = Series("s", values, [0.0] * len(values), style="points")
    chart = figure_chart(Figure("f", "F", "x", "y", (series,), lanes=("one",), reference=0.0))
    assert [label for _, label in chart.across] == labels
