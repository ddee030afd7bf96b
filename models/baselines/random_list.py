"""What a list drawn by lot would hold: the floor under every figure at a capacity, in closed form."""

from dataclasses import dataclass

from scipy.stats import hypergeom


@dataclass(frozen=True)
class DrawnByLot:
    """Positives among the places of a list drawn by lot: the mean and an interval that holds them."""

    participants: int
    positives: int
    places: int
    mean: float
    lower: int
    upper: int

    @property
    def precision(self) -> tuple[float, float, float]:
        """Mean, lower and upper bound of the share of places that are positive."""
        return self.mean / self.places, self.lower / self.places, self.upper / self.places

    @property
    def recall(self) -> tuple[float, float, float]:
        """Mean, lower and upper bound of the share of positives that have a place; NaN without positives."""
        if self.positives == 0:
            return float("nan"), float("nan"), float("nan")
        return self.mean / self.positives, self.lower / self.positives, self.upper / self.positives


def drawn_by_lot(participants: int, positives: int, places: int, *, confidence: float = 0.95) -> DrawnByLot:
    """The hypergeometric interval of a list of ``places`` drawn by lot.

    Parameters
    ----------
    participants, positives, places : int
        Size of the cohort, how many of it are positive, length of the list (at most the cohort).
    confidence : float
        The interval holds the number of positives at least this often, each tail at most half the rest.
    """
    places = min(places, participants)
    drawn = hypergeom(participants, positives, places)
    tail = (1.0 - confidence) / 2.0
    mean = places * positives / participants
    return DrawnByLot(participants, positives, places, mean, int(drawn.ppf(tail)), int(drawn.ppf(1.0 - tail)))
