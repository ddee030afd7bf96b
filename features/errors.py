"""Everything the features can refuse, as one tree.

FeaturesError
├── CatalogError         the catalog contradicts itself: a name twice, an undated source, an unknown family
├── FrameRefused         something is no table, or lacks what a table of the record has
├── SpineRefused         the spine is malformed: columns, dtypes, duplicates, a time zone
│   └── UnknownParticipants   the spine names participants that the record did not know at that moment
├── AmountsTooLarge      values add up to more than an exact decayed sum can hold
├── WorthUnreadable      the file of what families are worth is none
└── UnknownFeature       a feature was asked for that the catalog, or this program's part of it, does not have
"""


class FeaturesError(Exception):
    """Anything wrong with features. Messages say: expected, got, do this."""


class CatalogError(FeaturesError):
    """The catalog contradicts itself."""


class FrameRefused(FeaturesError):
    """Something is no table, or lacks what a table of the record has."""


class SpineRefused(FeaturesError):
    """The spine is malformed."""


class UnknownParticipants(SpineRefused):
    """The spine names participants that the record did not know at that moment.

    ``participant_ids`` lists each of them once, sorted.
    """

    def __init__(self, message: str, participant_ids: tuple[str, ...]) -> None:
        self.participant_ids = participant_ids
        super().__init__(message)


class UnknownFeature(FeaturesError):
    """A feature was asked for that the catalog, or this program's part of it, does not have."""


class AmountsTooLarge(FeaturesError):
    """Values add up to more than an exact decayed sum can hold."""


class WorthUnreadable(FeaturesError):
    """The file of what families are worth is none."""
