"""How a number with decimals is written for people, in cards, charts and pages alike."""


def written(value: float, digits: int, *, signed: bool = False) -> str:
    """The number with so many decimals, commas between thousands and a real minus; what rounds to zero has no sign.

    Parameters
    ----------
    value : float
        Finite.
    digits : int
        Decimals.
    signed : bool
        A plus before what is over zero: a difference.
    """
    text = f"{value:{'+' if signed else ''}z,.{digits}f}"
    if signed and not text.strip("+0.,"):
        text = text.lstrip("+")
    return text.replace("-", "−")
