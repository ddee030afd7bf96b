"""What the correction for selective observation can refuse; both are kinds of TrainingError.

TrainingError
├── EffortUnknown       the record does not tell who was examined, or too little of it
└── YardstickRefused    drawn rows that do not say with which chance they were drawn
"""

from training.errors import TrainingError


class EffortUnknown(TrainingError):
    """The record does not tell who was examined, or too little of it."""


class YardstickRefused(TrainingError):
    """Drawn rows that do not say with which chance they were drawn, or are not of the cohort."""
