"""Numbers as people read them."""

from hypothesis import given
from hypothesis import strategies as st

from models.written import written

FINITE = st.floats(-1e9, 1e9)


@given(FINITE, st.integers(0, 4), st.booleans())
def test_what_is_written_reads_back_as_the_rounded_number_and_zero_has_no_sign(value, digits, signed):
    text = written(value, digits, signed=signed)
    back = float(text.replace(",", "").replace("−", "-"))
    assert back == float(f"{value:.{digits}f}")
    assert "-" not in text
    assert text.startswith("−") == (back < 0)
    assert text.startswith("+") == (signed and back > 0)


def test_a_small_loss_is_zero_and_no_negative_zero():
    assert written(-0.0004, 3) == written(-0.0004, 3, signed=True) == written(0.0004, 3, signed=True) == "0.000"
    assert written(-0.012, 3, signed=True) == "−0.012"
    assert written(1234.5, 1, signed=True) == "+1,234.5"
