"""Everything that learning and judging can refuse, as one tree.

TrainingError
├── ConfigRefused       a configuration file has unknown, missing or impossible entries
├── OriginRefused       an origin that the record cannot judge: too early to train, too late to be mature
├── TooFewPositives     a slice holds fewer positives (or only one class) than an estimate needs
├── FeatureRefused      a feature of the rows to learn from is infinite
├── DelayUnknown        no incident has both dates, so lateness cannot be estimated
├── RankingRefused      a ranking or a forecast holds values that cannot be judged
├── TruthMismatch       a truth folder does not belong to these records
├── RunRefused          a run does not hold what is needed to train it again
└── PromotionRefused    a candidate did not pass what promotion asks
"""


class TrainingError(Exception):
    """Anything wrong with learning or judging. Messages say: expected, got, do this."""


class ConfigRefused(TrainingError):
    """A configuration file has unknown, missing or impossible entries."""


class OriginRefused(TrainingError):
    """An origin that the record cannot judge: too early to train, or too late to be mature."""


class TooFewPositives(TrainingError):
    """A slice holds fewer positives, or fewer classes, than an estimate needs."""


class FeatureRefused(TrainingError):
    """A feature of the rows to learn from is infinite; one that is not known is NaN."""


class DelayUnknown(TrainingError):
    """No incident has both dates, so lateness cannot be estimated."""


class RankingRefused(TrainingError):
    """A ranking or a forecast holds values that cannot be judged: NaN, infinite, out of range, too few."""


class TruthMismatch(TrainingError):
    """A truth folder does not belong to these records."""


class RunRefused(TrainingError):
    """A run does not hold what is needed to train it again."""


class PromotionRefused(TrainingError):
    """A candidate did not pass what promotion asks."""
