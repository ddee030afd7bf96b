"""The forms in which features are declared, so that one windowed count is one line of the catalog."""

from features.feature import INCIDENT_TABLES, Feature

Words = tuple[str, str, str]
"""Meaning, phrase, phrase when the value is absent."""

FIRST, SECOND = "0.1.0", "0.2.0"
"""Versions of Trustlane in which features were introduced or last changed."""

YEAR = "in the last 365 days"
THREE_YEARS = "in the last 1095 days"


def _title(window: int | None) -> str:
    return "on record" if window is None else f"in the last {window} days"


def window(
    measure: str,
    days: int | None,
    family: str,
    noun: str,
    *,
    unit: str = "count",
    monotone: int = 1,
    note: str = "",
    since: str = FIRST,
) -> Feature:
    """A sum of ``measure`` over the last ``days`` (None: all time); ``noun`` is "singular|plural"."""
    one, many = noun.split("|")
    return Feature(
        name=f"{measure}_all" if days is None else f"{measure}_prior_{days}d",
        family=family,
        unit=unit,
        meaning=f"{many} {_title(days)}{note}",
        phrase=f"{{n}} [{one}|{many}] {_title(days)}",
        absent=f"{many} {_title(days)} not known",
        monotone=monotone,
        tables=INCIDENT_TABLES,
        availability="own_rows",
        window_days=days,
        kind="window",
        measure=measure,
        since=since,
    )


def decayed(
    measure: str, half_life: int, family: str, many: str, *, unit: str = "count", since: str = FIRST
) -> Feature:
    """A sum of ``measure`` in which an incident counts half after each ``half_life`` days."""
    return Feature(
        name=f"{measure}_decayed_{half_life}d",
        family=family,
        unit=unit,
        meaning=f"{many} on record, each counting half after every {half_life} days",
        phrase=f"{many} on record weigh {{x}} when each counts half after every {half_life} days",
        absent=f"{many} on record not known",
        monotone=1,
        tables=INCIDENT_TABLES,
        availability="own_rows",
        half_life_days=half_life,
        kind="decayed",
        measure=measure,
        since=since,
    )


def derived(
    name: str, family: str, kind: str, unit: str, words: Words, monotone: int = 0, since: str = FIRST
) -> Feature:
    """A feature of incidents that a function computes; ``words`` are meaning, phrase, phrase when absent."""
    return Feature(
        name=name,
        family=family,
        unit=unit,
        meaning=words[0],
        phrase=words[1],
        absent=words[2],
        monotone=monotone,
        tables=INCIDENT_TABLES,
        availability="own_dates" if kind == "gap" else "own_rows",
        window_days=_window_of(name),
        kind=kind,
        since=since,
    )


def fact(
    name: str,
    family: str,
    unit: str,
    tables: tuple[str, ...],
    words: Words,
    *,
    monotone: int = 0,
    availability: str = "own_rows",
    half_life: int | None = None,
    categories: tuple[str, ...] | None = None,
    since: str = FIRST,
) -> Feature:
    """A feature that a function of its family computes; ``words`` are meaning, phrase, phrase when absent."""
    return Feature(
        name=name,
        family=family,
        unit=unit,
        meaning=words[0],
        phrase=words[1],
        absent=words[2],
        monotone=monotone,
        tables=tables,
        availability=availability,
        window_days=_window_of(name),
        half_life_days=half_life,
        categories=categories,
        since=since,
    )


def _window_of(name: str) -> int | None:
    return int(name.rsplit("_", 1)[1].removesuffix("d")) if "_prior_" in name else None
