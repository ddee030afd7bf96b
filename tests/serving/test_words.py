"""Numbers are written with the digits they can bear, and text is never markup."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from serving.console import words
from serving.console.yield_charts import band_name

shares = st.floats(0, 1, allow_nan=False)


@given(shares)
def test_a_probability_short_of_one_is_never_called_certain(share: float) -> None:
    text = words.percent(share)
    assert text.endswith("%")
    assert (text == "100%") == (share == 1)


@given(shares, shares)
def test_an_interval_is_written_low_to_high(one: float, other: float) -> None:
    low, high = words.percent_range(min(one, other), max(one, other)).removesuffix("%").split("–")
    assert float(low) <= float(high) + 0.5


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.62, "62%"), (0.041, "4.1%"), (0.0035, "0.35%"), (0.0995, "10%"), (0.997, "over 99%"), (None, "not known")],
)
def test_probabilities_read_like_this(share: float | None, text: str) -> None:
    assert words.percent(share) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [(2.0, "2"), (2.14, "2.1"), (0.04, "0.04"), (0.001, "under 0.01"), (0.0, "0"), (1234.4, "1,234")],
)
def test_counts_read_like_this(number: float, text: str) -> None:
    assert words.count(number) == text


def test_a_date_is_kept_in_one_piece_and_a_missing_one_is_a_dash_with_a_word() -> None:
    assert words.day(pd.Timestamp("2024-10-01 05:00")) == "<time>2024-10-01</time>"
    assert "none" in words.day(pd.NaT)


@given(st.text())
def test_a_phrase_is_escaped(text: str) -> None:
    written = words.phrase(f"<script>{text}")
    assert "<script" not in written


def test_codes_read_as_words() -> None:
    assert words.named("mexican_long_haul_carrier") == "Mexican long-haul carrier"
    assert words.named("highway_carrier") == "Highway carrier"
    assert words.named(None) == ""


def test_bands_read_as_words() -> None:
    assert [band_name(0, 0.005), band_name(0.005, 0.01), band_name(0.2, 0.4), band_name(0.4, 1)] == [
        "under 0.5%",
        "0.5–1%",
        "20–40%",
        "40% and more",
    ]
