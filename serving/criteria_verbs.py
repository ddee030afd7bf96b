"""``trustlane criteria``: check decision tables, compare versions, and bring one into force by two persons."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from serving.audit_verbs import database_option
from serving.settings import Settings, read_settings
from serving.terminal import OUT

EXISTING_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


def criteria_group(now: Callable[[Settings], Any]) -> click.Group:
    """The group of verbs; ``now`` reads the clock."""

    @click.group()
    def criteria() -> None:
        """The documented criteria: which case is investigated how, and what is done."""

    @criteria.command("check")
    @click.argument("folder", type=EXISTING_FOLDER, required=False)
    @click.pass_context
    def check(ctx: click.Context, folder: Path | None) -> None:
        """Find overlapping, unreachable, uncovered and untested rows; status 1 when there are any.

        FOLDER is a version of the criteria; without it the one in the settings, or the draft.
        """
        from casework.criteria.checks import check_criteria
        from casework.criteria.tables import DRAFT, read_criteria

        told = read_settings().criteria
        read = read_criteria(folder or (Path(told) if told else DRAFT))
        found = check_criteria(read)
        for finding in found:
            OUT.print(escape(f"{finding.table}: {finding.kind}: {finding.words}"))
        rows = sum(len(table.rows) for table in read.tables.values())
        OUT.print(f"{read.name}, {escape(read.title)}: {rows} rows, {len(found)} findings")
        if found:
            ctx.exit(1)

    @criteria.command("diff")
    @click.argument("old")
    @click.argument("new")
    @database_option
    def diff(old: str, new: str, database: str | None) -> None:
        """What another version would change: rows, and past cases in a dry run.

        OLD and NEW are folders, or versions ID@VERSION in the casework database.
        """
        from casework.criteria.comparison import changed_rows, dry_run
        from casework.database import closing_database, reading
        from casework.past_cases import past_cases

        settings = read_settings(database=database)
        with closing_database(settings.database) as engine, reading(engine) as connection:
            before, after = (_version(connection, each) for each in (old, new))
            cases = past_cases(connection)
        for change in changed_rows(before, after):
            OUT.print(escape(f"{change.table} {change.row_id}: {change.before} -> {change.after}"))
        run = dry_run(before, after, cases)
        for moved in run.changes:
            OUT.print(escape(f"case {moved.case_id}: {moved.table} {moved.before} -> {moved.after}"))
        for group, (count, changed) in run.by_group.items():
            OUT.print(escape(f"group {group}: {changed} of {count} cases change"))
        left = f"; {len(run.left_out)} lack an input" if run.left_out else ""
        OUT.print(
            f"{run.cases} past cases, {run.churn:.0%} change{left}. "
            f"To be examined: {run.queue_before} -> {run.queue_after}"
        )

    @criteria.command("propose")
    @click.argument("folder", type=EXISTING_FOLDER)
    @click.option("--by", required=True, metavar="ACCOUNT", help="Who proposes it.")
    @database_option
    def propose(folder: Path, by: str, database: str | None) -> None:
        """Put a version before a second person."""
        from casework.criteria.publishing import propose as propose_version
        from casework.criteria.tables import read_criteria
        from casework.database import open_database, writing

        settings = read_settings(database=database)
        read = read_criteria(folder)
        engine = open_database(settings.database)
        with writing(engine) as connection:
            propose_version(connection, read, actor=by, request=f"propose {read.name} {read.digest}", at=now(settings))
        engine.dispose()
        OUT.print(f"Proposed {read.name}. Another person brings it into force: trustlane criteria publish {read.name}")

    @criteria.command("publish")
    @click.argument("name")
    @click.option("--by", required=True, metavar="ACCOUNT", help="Who publishes it; not who proposed it.")
    @database_option
    def publish(name: str, by: str, database: str | None) -> None:
        """Bring a proposed version into force from its date on.

        NAME is ID@VERSION.
        """
        from casework.criteria.publishing import publish as publish_version
        from casework.database import closing_database, writing

        settings = read_settings(database=database)
        with closing_database(settings.database) as engine, writing(engine) as connection:
            done = publish_version(connection, name, actor=by, request=f"publish {name}", at=now(settings))
        OUT.print(f"{name} holds from {done.details['effective_from']}.")

    return criteria


def _version(connection: Any, named: str) -> Any:
    """A version from a folder, or from the database by its name."""
    from casework.criteria.publishing import version_of
    from casework.criteria.tables import read_criteria

    return read_criteria(Path(named)) if Path(named).is_dir() else version_of(connection, named)
