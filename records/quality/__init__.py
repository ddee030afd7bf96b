"""What the record lacks: completeness, consistency, missing entries, duplicates, lateness, silence, the unseen."""

from records.quality.expectations import Expectations
from records.quality.report import QualityReport, measure_quality

__all__ = ["Expectations", "QualityReport", "measure_quality"]
