"""Drafts of mappings, read as a mapping is read."""

from records.mapping.drafting.draft import draft_mapping
from records.mapping.plan import read_plan


def drafted(source, folder):
    """The draft's text, and its plan as a mapping reads it."""
    text = draft_mapping(source).text
    path = folder / "draft.toml"
    path.write_text(text, encoding="utf-8")
    return text, read_plan(path)


def columns_of(plan, table, source=None):
    """The column expressions of the one entry for a table."""
    (entry,) = [each for each in plan.rows if each.table == table and source in (None, each.source)]
    return entry.columns
