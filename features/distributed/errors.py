"""What building over several machines can refuse.

FeaturesError
└── DistributedError
    ├── FolderRefused       the folder holds parts of another matrix, or none where some are asked for
    ├── DatesRefused        the dates are not distinct moments
    ├── PartitionsRefused   there cannot be so many partitions
    └── ClusterMissing      the packages of a cluster are not installed
"""

from features.errors import FeaturesError


class DistributedError(FeaturesError):
    """Anything wrong with building over several machines. Messages say: expected, got, do this."""


class FolderRefused(DistributedError):
    """The folder holds parts of another matrix, or none where some are asked for."""


class DatesRefused(DistributedError):
    """The dates are not distinct moments."""


class PartitionsRefused(DistributedError):
    """There cannot be so many partitions."""


class ClusterMissing(DistributedError):
    """The packages of a cluster are not installed."""
