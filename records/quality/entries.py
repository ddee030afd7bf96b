"""Which entries are one incident."""

# ruff: noqa: S608 - queries are put together from our own names of tables and columns, never from input


def heads(*, joined: bool) -> str:
    """A query for each valid entry and the one that stands for it (``head``); chains of two links are followed."""
    if not joined:
        return "SELECT incident_id, incident_id AS head FROM valid_incidents"
    link = """
    (SELECT d.incident_id, d.duplicate_of FROM valid_duplicates d JOIN valid_incidents o
        ON o.incident_id = d.duplicate_of WHERE d.incident_id <> d.duplicate_of)
    """
    return f"""
    SELECT i.incident_id, coalesce(b.duplicate_of, a.duplicate_of, i.incident_id) AS head FROM valid_incidents i
        LEFT JOIN {link} a ON a.incident_id = i.incident_id LEFT JOIN {link} b ON b.incident_id = a.duplicate_of
    """
