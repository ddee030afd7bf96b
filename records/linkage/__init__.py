"""Named parties to participants: exact numbers first, then a weighted comparison, then a person."""

import pandas as pd

from records.known import empty_table
from records.linkage.normalize import normalize_name
from records.linkage.parties import Linkage, LinkCounts, link_parties
from records.linkage.policy import LinkPolicy

__all__ = ["LinkCounts", "LinkPolicy", "Linkage", "link", "link_parties", "normalize_name"]


def link(
    involvements: pd.DataFrame, incidents: pd.DataFrame, identifiers: pd.DataFrame, participants: pd.DataFrame
) -> tuple[pd.DataFrame, LinkCounts]:
    """The links of :func:`link_parties` without merges; goes when ingest calls that."""
    found = link_parties(involvements, incidents, identifiers, participants, empty_table("merges"))
    return found.links, found.counts
