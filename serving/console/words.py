"""Numbers, dates and codes as the console writes them: units, real signs, no guess at a missing value."""

import math
import re
from typing import Any

import pandas as pd
from markupsafe import Markup, escape

from features.catalog import CATALOG
from models.explanation import FeatureReason

NOTHING = Markup('<span aria-hidden="true">–</span><span class="vh">none</span>')
NAMES = {
    "auc": "Area under the curve (AUC)",
    "brier": "Brier score",
    "log_loss": "Logarithmic loss",
    "base_rate": "Share with an incident",
    "mexican_long_haul_carrier": "Mexican long-haul carrier",
    "third_party_logistics": "Third-party logistics",
    "port_terminal_operator": "Port or terminal operator",
    "seal_tamper": "Seal or tamper",
    "discrepancy_theft": "Discrepancy or theft",
    "cyber_breach": "Cyber or data breach",
    "counterfeit": "Counterfeit goods",
    "pass": "Passed",
    "pass_with_findings": "Passed with findings",
    "fail": "Failed",
}
CATEGORIES = {feature.name: feature.categories for feature in CATALOG if feature.categories}
ISO_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def named(code: object) -> str:
    """A code of the record in words: ``highway_carrier`` is ``Highway carrier``; empty when there is none."""
    if not isinstance(code, str) or not code:
        return ""
    return NAMES.get(code) or code.replace("_", " ").capitalize()


def percent(share: float | None) -> str:
    """A probability with as many digits as it can bear: 62%, 4.1%, 0.35%."""
    if share is None or math.isnan(share):
        return "not known"
    if share >= 0.995:
        return "over 99%" if share < 1 else "100%"
    return f"{_digits(share)}%"


def percent_mark(share: float) -> str:
    """A percentage on a scale, as short as it goes: 0.1%, 1%, 50%."""
    return f"{round(share * 100, 4):g}%"


def percent_range(lower: float | None, upper: float | None) -> str:
    """An interval in percent: 48–74%."""
    if lower is None or upper is None:
        return ""
    return f"{_digits(min(lower, 0.999), upper)}–{_digits(min(upper, 0.999))}%"


def _digits(share: float, beside: float | None = None) -> str:
    reference = share if beside is None else max(share, beside)
    return f"{share * 100:.{0 if reference >= 0.0995 else 1 if reference >= 0.00995 else 2}f}"


def count(value: float | None) -> str:
    """A number of incidents, expected or seen: 12, 2.1, 0.04."""
    if value is None or math.isnan(value):
        return "–"
    if 0 < value < 0.005:
        return "under 0.01"
    if value == int(value) or value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 0.1 else f"{value:.2f}"


def amount(value: float | None) -> str:
    """A feature's value: whole numbers without decimals, a real minus."""
    if value is None or math.isnan(value):
        return "not known"
    text = f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:,.3g}"
    return text.replace("-", "−")


def odds(log_odds: float) -> str:
    """What a step in log-odds multiplies the odds by: × 2.36."""
    return f"× {math.exp(log_odds):.2f}"


def day(moment: Any) -> Markup:
    """A date that never breaks; an en dash, and a word to the ear, where there is none."""
    found = pd.to_datetime(moment, errors="coerce")
    return NOTHING if pd.isna(found) else Markup("<time>{}</time>").format(f"{found:%Y-%m-%d}")


def phrase(text: str) -> Markup:
    """A sentence, escaped, with its dates kept in one piece."""
    return Markup(ISO_DATE.sub(lambda found: f"<time>{found[0]}</time>", str(escape(text))))  # noqa: S704  # escaped


def sentence(text: str) -> Markup:
    """A phrase as a sentence begins: with a capital letter."""
    return phrase(capitalize_first(text))


def plural(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: 1 incident, 11,418 participants."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def capitalize_first(text: str) -> str:
    """A sentence from a phrase: the first letter large, the rest as it is."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """A phrase from a title: the first letter small, the rest as it is."""
    return text[:1].lower() + text[1:]


def value_of(reason: FeatureReason) -> str:
    """A feature's value with as much sense as its unit gives it."""
    return _in_unit(reason.value, reason)


def median_of(reason: FeatureReason) -> str:
    """The peers' median of a feature, written like its value."""
    return "–" if reason.peer_median is None else _in_unit(reason.peer_median, reason)


def _in_unit(value: float | None, reason: FeatureReason) -> str:
    categories = CATEGORIES.get(reason.name)
    if value is not None and categories is not None:
        return named(categories[int(value)]) if 0 <= int(value) < len(categories) else "not known"
    if value is not None and reason.unit == "share":
        return f"{value * 100:.0f}%"
    return amount(value)
