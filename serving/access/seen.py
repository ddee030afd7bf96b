"""The edge of the view log: takes account, clock and folder from where they are, and folds now and then."""

import logging
from collections.abc import Iterable
from datetime import date
from threading import Thread
from time import sleep, time

from casework.errors import DatabaseError
from serving.access.store import open_accounts
from serving.access.views import VIEW_LOG, fold_views
from serving.caller import caller
from serving.settings import Settings
from serving.wiring import Workspace

FOLD_EVERY_SECONDS = 60
logger = logging.getLogger("trustlane.serving")


def note_views(workspace: Workspace, route: str, participant_ids: Iterable[str], as_of: date) -> None:
    """Write down that whoever asks is about to see scores of these participants.

    Raises
    ------
    ViewNotKept
        When it cannot be written; the answer must then not leave.
    """
    VIEW_LOG.keep(
        workspace.settings.state,
        account_id=caller().account,
        route=route,
        participant_ids=participant_ids,
        at=time(),
        model_version=workspace.model_version,
        data_version=workspace.records.data_version,
        as_of=as_of,
    )


def fold_in_background(settings: Settings) -> None:
    """Fold at once, for what an earlier process left, and then at intervals, in a thread that ends with the process."""
    Thread(target=_fold_forever, args=(settings,), name="fold-views", daemon=True).start()


def _fold_forever(settings: Settings) -> None:
    while True:
        try:
            engine = open_accounts(settings.database)
            try:
                fold_views(engine, settings.state, at=time())
            finally:
                engine.dispose()
        except (DatabaseError, OSError) as error:
            logger.warning("Views could not be folded and wait in their files: %s", type(error).__name__)
        sleep(FOLD_EVERY_SECONDS)
