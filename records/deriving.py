"""What follows from a batch: links of its parties to participants, and incidents that it tells a second time.

Only what the batch can change is loaded: parties that are open, parties whose number it registers, and the
incidents of participants it names.
"""

from dataclasses import replace
from typing import cast

import pandas as pd

from records.columns import DTYPES
from records.duplicates import find_duplicates
from records.linkage import Linkage, link_parties
from records.settling import has_table
from records.tables import TABLES
from records.workbench import Workbench, add_view, ask

_TOUCHED = (
    "rows.incident_id in (select incident_id from {incidents})"
    " or upper(regexp_replace(rows.party_value, '[^0-9A-Za-z]', '', 'g'))"
    " in (select upper(regexp_replace(value, '[^0-9A-Za-z]', '', 'g')) from {identifiers})"
    " or rows.participant_id in (select unnest([participant_id, into_participant_id]) from {merges})"
)
"""Links that were made before and that rest on something the batch tells anew: a day, a number, an account."""


MOST_COMPARED = 150_000
"""Incidents that are searched for duplicates at once."""

_MENTIONS = """
create temporary table mentions as
select distinct incident_id, unnest([participant_id, upper(regexp_replace(party_value, '[^0-9A-Za-z]', '', 'g')),
    upper(regexp_replace(party_name, '[^0-9A-Za-z]', '', 'g'))]) as token
from (select incident_id, participant_id, party_value, party_name from {all}
    union all select incident_id, participant_id, party_value, party_name from derived_involvements)
"""
"""By what each incident names its parties: account, number and written name."""

_CONCERNED = """
create temporary table shared as
select incident_id, token from mentions where token in (
    select token from mentions where token is not null and incident_id in (
        select incident_id from {incidents} union all select incident_id from {involvements}
        union all select incident_id from derived_involvements))
"""
"""The incidents that name a party of the batch."""


def all_rows(connection: Workbench, table: str) -> str:
    """The name of a view of every version of a table, stored or about to be; made at first use."""
    name = f"all_{table}"
    if not has_table(connection, name):
        columns = ", ".join(TABLES[table].column_names)
        parts = [view for view in (table, f"fresh_{table}") if has_table(connection, view)]
        selects = [f"select {columns} from {view}" for view in parts]  # noqa: S608 - names are ours
        if selects:
            connection.execute(f"create view {name} as {' union all '.join(selects)}")
        else:
            empty = ", ".join(f"null as {column}" for column in TABLES[table].column_names)
            connection.execute(f"create view {name} as select {empty} where false")
    return name


def all_fresh(connection: Workbench, table: str) -> str:
    """The name of a view of the rows of a table that the batch adds; without rows when it has none."""
    if not has_table(connection, f"fresh_{table}"):
        add_view(connection, f"fresh_{table}", [], table)
    return f"fresh_{table}"


def load(connection: Workbench, table: str, where: str = "true") -> pd.DataFrame:
    """Versions of a table, stored or about to be, in the stored dtypes."""
    frame = connection.sql(f"select * from {all_rows(connection, table)} where {where}").df()  # noqa: S608
    return cast(pd.DataFrame, frame.astype({column.name: DTYPES[column.kind] for column in TABLES[table].all_columns}))


def link_batch(connection: Workbench) -> Linkage:
    """The links that follow from the batch, with the counts of this run."""
    involvements = all_rows(connection, "involvements")
    connection.execute(
        f"create temporary table concerned as select distinct incident_id, party_no from {involvements} rows"  # noqa: S608
        f" where participant_id is null or (source = 'linkage' and ({_TOUCHED}))".format(
            **{name: all_fresh(connection, name) for name in ("identifiers", "incidents", "merges")}
        )
    )
    parties = load(
        connection, "involvements", "(incident_id, party_no) in (select (incident_id, party_no) from concerned)"
    )
    parties = parties.sort_values(["incident_id", "party_no", "known_at", "record_id"], kind="stable")
    latest = parties.drop_duplicates(["incident_id", "party_no"], keep="last", ignore_index=True)
    found = link_parties(
        latest[~latest["retracted"]].reset_index(drop=True),
        load(connection, "incidents", "incident_id in (select incident_id from concerned)"),
        load(connection, "identifiers"),
        load(connection, "participants"),
        load(connection, "merges"),
    )
    return replace(found, counts=replace(found.counts, given=_given(connection)))


def duplicates_of_batch(connection: Workbench, links: pd.DataFrame) -> pd.DataFrame:
    """New links between incidents that are one, among those that share a party with an incident of the batch.

    Parameters
    ----------
    links : DataFrame
        The involvements that :func:`link_batch` found.

    Notes
    -----
    Very many incidents are compared in groups of parties, so that each fits into memory; an incident whose parties
    fall into two groups keeps its most certain link.
    """
    connection.register("derived_involvements", links)
    connection.execute(_MENTIONS.format(all=all_rows(connection, "involvements")))
    connection.execute(
        _CONCERNED.format(
            incidents=all_fresh(connection, "incidents"), involvements=all_fresh(connection, "involvements")
        )
    )
    (count,) = ask(connection, "select count(distinct incident_id) from shared")
    parts = count // MOST_COMPARED + 1
    earlier = load(connection, "duplicates")
    found = [_duplicates_of_part(connection, links, earlier, part, parts) for part in range(parts)]
    rows = pd.concat(found).sort_values(["weight", "record_id"], ascending=False, kind="stable")
    return rows.drop_duplicates("incident_id").sort_values("incident_id", ignore_index=True)


def _duplicates_of_part(
    connection: Workbench, links: pd.DataFrame, earlier: pd.DataFrame, part: int, parts: int
) -> pd.DataFrame:
    mine = f"incident_id in (select incident_id from shared where hash(token) % {parts} = {part})"  # noqa: S608
    incidents, parties = load(connection, "incidents", mine), load(connection, "involvements", mine)
    linked = links[links["incident_id"].isin(incidents["incident_id"])]
    return find_duplicates(incidents, pd.concat([parties, linked], ignore_index=True), earlier)


def _given(connection: Workbench) -> int:
    """Parties of the batch that came with their participant."""
    if not has_table(connection, "fresh_involvements"):
        return 0
    (count,) = ask(
        connection,
        "select count(*) from (select distinct incident_id, party_no from fresh_involvements"
        " where participant_id is not null and not retracted)",
    )
    return int(count)
