"""What counts tell of the interval of single participants, on a record whose truth nobody sees."""

from models.documents import Table
from models.risk_model import RiskModel


def own_rates_table(model: RiskModel) -> tuple[Table, ...]:
    """Rows with so many incidents, observed and expected by the spread behind the interval; none where unmeasured."""
    checked = model.facts.get("interval_coverage")
    if not checked:
        return ()
    columns = ("at_least", "observed", "expected", "standard_error", "expected_if_alike")
    rows = tuple(
        (f"{least}", f"{observed:.1f}", f"{expected:.1f}", f"± {1.96 * error:.1f}", f"{alike:.1f}")
        for least, observed, expected, error, alike in zip(*(checked[name] for name in columns), strict=True)
    )
    return (
        Table(
            "Interval of single participants: what counts tell of it",
            ("Incidents, at least", "Rows observed", "Expected", "95 % of the difference", "Expected were rates alike"),
            rows,
            f"{checked['rows']:,} rows of the calibration dates, {checked['participants']:,} participants with an "
            "incident; the spread is fitted on half of the participants and asked about the other half.",
        ),
    )
