"""What a feature is: its name, meaning, words, direction, and what it may know."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from features.errors import CatalogError
from records.tables import TABLES


@dataclass(frozen=True)
class Family:
    """A governed group of features: the unit of a reason, of an ablation and of a review."""

    title: str
    meaning: str


FAMILIES: Mapping[str, Family] = {
    "incident_history": Family("Own incidents", "how many incidents the participant was involved in"),
    "incident_recency": Family("Time since own incidents", "how long ago they were, and at what pace"),
    "incident_severity": Family("Severity of own incidents", "how grave they were"),
    "incident_kinds": Family("Kinds of own incidents", "what they were about"),
    "reporting": Family("Discovery and reporting", "who found them, and how soon the program was told"),
    "exposure": Family("Trade volume", "how much the participant moves, and its incidents against that"),
    "examinations": Family("Examinations", "how often it was examined, and what that found"),
    "enforcement": Family("Enforcement history", "what the program decided before"),
    "validation": Family("Validation visits", "when it was last visited, and with what result"),
    "findings": Family("Findings", "criteria found unmet, and whether they were corrected"),
    "partners": Family("Business partners", "incidents of the firms it trades with, and of theirs"),
    "peers": Family("Peer group", "incidents of firms of the same business type, country and size"),
    "corridor": Family("Corridor", "incidents of others from its country, at its port, under its office"),
    "profile": Family("Profile of the firm", "what the firm is"),
    "standing": Family("Standing in the program", "how long it is a member, and at which tier"),
}
"""The factor groups, in the order that breaks ties between reasons."""

AVAILABILITY: Mapping[str, str] = {
    "own_rows": "the participant's own rows known before as_of, in the version valid then",
    "all_rows": "rows of all participants known before as_of, in the version valid then",
    "own_dates": "as_of itself and dates in the participant's rows known before it",
}
"""What is known when a list is drawn. A feature of no such class cannot be declared."""

KINDS = ("window", "decayed", "gap", "variety", "ratio", "table")
"""How a feature is computed: a windowed or decayed sum of a measure, or by a function of its family."""


@dataclass(frozen=True, kw_only=True)
class Feature:
    """One column of the matrix.

    Attributes
    ----------
    name : str
        Unit and window are in it: ``incidents_prior_365d``.
    family : str
        A key of :data:`FAMILIES`.
    unit : str
    window_days, half_life_days : int or None
        None: all time, or not applicable.
    meaning : str
        One sentence for the documentation, with what NaN stands for.
    phrase : str
        The words of a reason, for :func:`features.phrases.phrase`.
    absent : str
        The words of a reason when the value is not applicable or unknown.
    monotone : int
        1: the risk never falls as the value grows; -1: never rises; 0: free.
    tables : tuple of str
        Tables it needs; in a program without one of them the feature is absent.
    availability : str
        A key of :data:`AVAILABILITY`.
    categories : tuple of str or None
        For coded columns the category of each code from 0; for others None.
    since : str
        The version of Trustlane that introduced or last changed it.
    kind, measure : str
        How it is computed; see :data:`KINDS` and :data:`features.measures.MEASURES`.
    """

    name: str
    family: str
    unit: str
    meaning: str
    phrase: str
    absent: str
    monotone: int
    tables: tuple[str, ...]
    availability: str
    window_days: int | None = None
    half_life_days: int | None = None
    categories: tuple[str, ...] | None = None
    since: str = "0.1.0"
    kind: str = "table"
    measure: str = ""

    def __post_init__(self) -> None:
        allowed: Mapping[str, tuple[object, tuple[object, ...]]] = {
            "family": (self.family, tuple(FAMILIES)),
            "availability": (self.availability, tuple(AVAILABILITY)),
            "monotone": (self.monotone, (-1, 0, 1)),
            "kind": (self.kind, KINDS),
        }
        for what, (value, values) in allowed.items():
            if value not in values:
                expected = ", ".join(map(str, values))
                raise CatalogError(
                    f"Feature {self.name!r}: expected {what} one of {expected}; got {value!r}. Declare it."
                )
        undated = [table for table in self.tables if table not in TABLES]
        if undated or not self.tables:
            raise CatalogError(
                f"Feature {self.name!r}: expected tables of the record, whose rows are dated by known_at; "
                f"got {', '.join(undated) or 'none'}. Name the tables that it reads."
            )

    def definition(self) -> dict[str, object]:
        """The feature as plain values, for hashes, files and comparisons."""
        return asdict(self)


INCIDENT_TABLES = ("participants", "incidents", "involvements")
"""What every feature of incidents reads."""
