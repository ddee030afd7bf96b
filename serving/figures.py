"""Figures of a quality report in words: the same in the terminal and on the page."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Only for the signatures: the command line must not load the report's queries to print its help.
    from records.quality.metric import Target


def value_in_words(value: float | None, unit: str) -> str:
    """A figure with its unit: 4.1%, 85 days, 3; "–" where there is none."""
    if value is None:
        return "–"
    if unit == "share":
        return share_in_words(value)
    return f"{value:,.0f} days" if unit == "days" else f"{value:,.0f}"


def share_in_words(value: float | None) -> str:
    """A share in percent; a small one keeps from looking like none: 12.3%, 0.04%, under 0.01%."""
    if value is None:
        return "–"
    if 0 < value < 0.0001:
        return "under 0.01%"
    if 0.9999 < value < 1:
        return "over 99.99%"
    return f"{value:.2%}" if 0 < value < 0.01 or 0.99 < value < 1 else f"{value:.1%}"


def target_in_words(target: "Target | None", unit: str) -> str:
    """A target: at most 5%, at least 95%, at most 90 days; empty where there is none."""
    if target is None:
        return ""
    bound = target.at_least if target.at_most is None else target.at_most
    words = "at least" if target.at_most is None else "at most"
    if bound is None:
        return ""
    return f"{words} {bound * 100:g}%" if unit == "share" else f"{words} {bound:g}{' days' if unit == 'days' else ''}"
