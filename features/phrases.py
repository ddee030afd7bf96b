"""The words of a reason: what a feature's value says, in one plain phrase.

A template holds ``{n}`` (a count, "no" for none), ``{x}`` (a quantity), ``{pct}`` (a share), ``{signed}`` (a
difference), ``{label}`` (a category), and ``[one|many]`` for words that follow the number.
"""

import re

from features.feature import Feature

_CHOICE = re.compile(r"\[([^|\]]*)\|([^\]]*)\]")


def phrase(feature: Feature, value: float | None, peer_median: float | None = None) -> str:
    """The reason in words, with the peers' median after a semicolon when it is given.

    Parameters
    ----------
    feature : Feature
    value : float or None
        The feature's value; None and NaN mean not applicable or unknown.
    peer_median : float or None
        Median of the peers named on the page; None and NaN leave the comparison out.

    Examples
    --------
    ``3 drug incidents in the last 365 days; peers have none``
    """
    if value is None or value != value:
        return feature.absent
    words = _CHOICE.sub(lambda found: found[1] if abs(value) == 1 else found[2], feature.phrase)
    words = words.format(
        n="no" if value == 0 else number(value),
        x=number(value),
        pct=f"{100 * value:.0f}%",
        signed=_signed(value),
        label=category(feature, value),
    )
    return words + _comparison(feature, peer_median)


def number(value: float) -> str:
    """A quantity for people: whole from 100 on, else at most one decimal (two below 1), a real minus."""
    size = abs(value)
    decimals = 0 if size >= 100 or size == round(size) else (1 if size >= 1 else 2)
    text = f"{size:,.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return ("−" if value < 0 and text != "0" else "") + text


def category(feature: Feature, value: float) -> str:
    """The category that a coded value stands for; "unknown" outside the codes."""
    names = feature.categories or ()
    code = int(value)
    return names[code].replace("_", " ") if 0 <= code < len(names) else "unknown"


def _signed(value: float) -> str:
    if value == 0:
        return "no change in"
    return f"{number(abs(value))} {'more' if value > 0 else 'fewer'}"


def _comparison(feature: Feature, peer_median: float | None) -> str:
    if peer_median is None or peer_median != peer_median or feature.categories is not None:
        return ""
    if feature.unit == "share":
        return f"; peers {100 * peer_median:.0f}%"
    return "; peers have none" if peer_median == 0 and feature.unit == "count" else f"; peers {number(peer_median)}"
