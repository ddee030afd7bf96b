"""Named parties to participants: exact numbers first, then a weighted comparison, then a person."""

from records.linkage.normalize import normalize_name
from records.linkage.parties import Linkage, LinkCounts, link_parties
from records.linkage.policy import LinkPolicy
from records.linkage.variants import match_names

__all__ = ["LinkCounts", "LinkPolicy", "Linkage", "link_parties", "match_names", "normalize_name"]
