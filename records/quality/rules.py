"""The consistency rules, numbered for ever: QR001 to QR019 dates, QR020 to QR039 references, QR040 on values."""

from records.quality.check import Check
from records.quality.rules_dates import DATE_RULES
from records.quality.rules_references import REFERENCE_RULES
from records.quality.rules_values import VALUE_RULES

RULES: tuple[Check, ...] = (*DATE_RULES, *REFERENCE_RULES, *VALUE_RULES)
