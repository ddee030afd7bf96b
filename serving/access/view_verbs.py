"""``trustlane audit views``: who looked at whose score."""

from datetime import UTC, datetime
from time import time

import click
import pandas as pd

from serving.settings import read_settings
from serving.verbs import Day


def add_views_verb(audit: click.Group) -> None:
    """Add the verb to the group of audits."""

    @audit.command("views")
    @click.option("--participant", metavar="ID", help="Only views of this participant.")
    @click.option("--account", metavar="ID", help="Only views by the account with this id or name.")
    @click.option("--from", "since", type=Day(), help="First day, UTC.")
    @click.option("--to", "until", type=Day(), help="Last day, UTC.")
    @click.option("--limit", type=click.IntRange(1), default=1000, show_default=True, help="Newest views to show.")
    @click.option("--database", metavar="URL", help="Database of casework and accounts.")
    def views(
        participant: str | None,
        account: str | None,
        since: pd.Timestamp | None,
        until: pd.Timestamp | None,
        limit: int,
        database: str | None,
    ) -> None:
        """Who looked at whose score, newest first: when, who, participant, route, model, data, as of."""
        from casework.database import reading
        from serving.access.accounts import list_accounts
        from serving.access.store import open_accounts
        from serving.access.views import find_views, fold_views

        settings = read_settings(database=database)
        engine = open_accounts(settings.database)
        try:
            fold_views(engine, settings.state, at=time())
            with reading(engine) as connection:
                ids = {item.name: item.account_id for item in list_accounts(connection)}
                found = find_views(
                    connection,
                    participant_id=participant,
                    account_id=ids.get(account, account) if account else None,
                    since=None if since is None else int(since.timestamp()),
                    until=None if until is None else int((until + pd.Timedelta(days=1)).timestamp()),
                    limit=limit,
                )
        finally:
            engine.dispose()
        for view in found:
            at = datetime.fromtimestamp(view.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            click.echo(
                f"{at}  {view.account_name}  {view.participant_id}  {view.route}  {view.model_version}  "
                f"{view.data_version[:12]}  {view.as_of}"
            )
        if not found:
            click.echo("Nobody looked, as far as was asked.")
