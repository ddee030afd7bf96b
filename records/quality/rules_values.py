"""Consistency of values: rows that contradict themselves or each other, and values far out."""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input

from records.quality.check import Check, every_row, wrong_rows

FAR_OUT, LEAST_OF_A_TYPE = 4.5, 20
"""Distance from the median of its type, in robust standard deviations of the logarithm, from which a quantity is odd;
types with fewer quantities say nothing."""

_LATEST_BY_SOURCE = """
(SELECT participant_id, effective_on, min(source) AS origin, min(known_at) AS first_known_at,
    string_agg(DISTINCT concat(source, ': ', status), ', ' ORDER BY concat(source, ': ', status)) AS told
    FROM (FROM every_statuses QUALIFY row_number() OVER (PARTITION BY participant_id, effective_on, source
        ORDER BY known_at DESC, record_id DESC) = 1)
    WHERE NOT retracted
    AND (participant_id, effective_on) IN (SELECT (participant_id, effective_on) FROM valid_statuses)
    GROUP BY participant_id, effective_on HAVING count(DISTINCT status) > 1) t
"""
_WITH_EARLIER = """
(SELECT *, lag(status) OVER (PARTITION BY participant_id ORDER BY effective_on) AS earlier FROM valid_statuses) t
WHERE earlier IN ('removed', 'withdrawn') AND status NOT IN ('applicant', 'removed', 'withdrawn')
"""
_FAR_OUT = f"""
(SELECT *, 1.4826 * median(abs(size - middle)) OVER (PARTITION BY incident_type) AS spread FROM
    (SELECT *, ln(quantity_kg) AS size, median(ln(quantity_kg)) OVER (PARTITION BY incident_type) AS middle,
        count(*) OVER (PARTITION BY incident_type) AS alike FROM valid_incidents WHERE quantity_kg > 0)) t
WHERE alike >= {LEAST_OF_A_TYPE} AND spread > 0 AND abs(size - middle) > {FAR_OUT} * spread
"""
_EXAMS = "(coalesce(exams_targeted, 0) + coalesce(exams_random, 0))"

VALUE_RULES = (
    Check(
        "QR040",
        "Two sources tell two standings of one day",
        "Only the later row counts; whoever sent the other believes something else.",
        ("statuses",),
        wrong_rows("statuses", _LATEST_BY_SOURCE, "told"),
        every_row("statuses"),
    ),
    Check(
        "QR041",
        "Standing after removal or withdrawal without a new application",
        "Nothing follows the end of a membership but a new one.",
        ("statuses",),
        wrong_rows("statuses", _WITH_EARLIER, "concat(status, ' after ', earlier)"),
        every_row("statuses"),
    ),
    Check(
        "QR042",
        "More discrepancies than examinations",
        "A discrepancy is found by an examination.",
        ("exposures",),
        wrong_rows(
            "exposures",
            f"valid_exposures t WHERE discrepancies > {_EXAMS}",
            f"concat(discrepancies::BIGINT, ' discrepancies, ', {_EXAMS}::BIGINT, ' examinations')",
        ),
        every_row("exposures"),
    ),
    Check(
        "QR043",
        "Month that does not begin on the first",
        "Two rows could then speak for one month.",
        ("exposures",),
        wrong_rows("exposures", "valid_exposures t WHERE month <> date_trunc('month', month)", "'not a first day'"),
        every_row("exposures"),
    ),
    Check(
        "QR044",
        "Visit with a result but without its day, or done without a result",
        "Whether the duty was met, and when, cannot be told.",
        ("validations",),
        wrong_rows(
            "validations",
            "valid_validations t WHERE (performed_on IS NULL) <> (outcome IS NULL)",
            "concat('performed ', coalesce(strftime(performed_on, '%Y-%m-%d'), 'never'), ', outcome ', "
            "coalesce(outcome, 'none'))",
        ),
        every_row("validations"),
    ),
    Check(
        "QR045",
        "Visit passed without findings that has findings",
        "Result and findings were written apart and disagree.",
        ("validations", "findings"),
        wrong_rows(
            "validations",
            "valid_validations t SEMI JOIN valid_findings f USING (validation_id) WHERE outcome = 'pass'",
            "'has findings'",
        ),
        every_row("validations", "WHERE outcome = 'pass'"),
    ),
    Check(
        "QR046",
        "Participant in partnership with itself",
        "It would raise its own risk through its partners.",
        ("partnerships",),
        wrong_rows("partnerships", "valid_partnerships t WHERE participant_id = partner_id", "'partner of itself'"),
        every_row("partnerships"),
    ),
    Check(
        "QR047",
        "Duplicate joined to itself, or to an incident that was never recorded",
        "The link leads nowhere, and the incident would be counted twice or never.",
        ("duplicates", "incidents"),
        wrong_rows(
            "duplicates",
            "valid_duplicates t WHERE t.incident_id = t.duplicate_of "
            "OR NOT EXISTS (FROM every_incidents i WHERE i.incident_id = t.duplicate_of)",
            "concat('joined to ', duplicate_of)",
        ),
        every_row("duplicates"),
    ),
    Check(
        "QR090",
        "Quantity far out for its type of incident",
        "Often a slip of the decimal point or of the unit: worth a look, not always wrong.",
        ("incidents",),
        wrong_rows(
            "incidents",
            _FAR_OUT,
            "concat(round(quantity_kg, 1), ' kg, usual ', round(exp(middle), 1), ' kg for ', incident_type)",
        ),
        every_row("incidents", "WHERE quantity_kg > 0"),
        kind="outlier",
    ),
)
