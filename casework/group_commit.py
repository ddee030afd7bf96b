"""Many writers, one sync: pieces of work that wait for the disk together, each answered only after it.

A full sync of the disk costs the same for one entry as for a hundred. Work that arrives while a sync runs is done
in the next transaction, each piece within a savepoint of its own, so that one that is refused takes nothing with it.
"""

from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from casework.database import writing

T = TypeVar("T")
Work = Callable[[Connection], Any]
LARGEST_GROUP = 500


class GroupCommit:
    """A thread that does the writing of one process.

    Use it as a context; leaving it finishes what was submitted. ``submit`` may be called from any thread.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: SimpleQueue[tuple[Work, Future[Any]] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="group commit", daemon=True)

    def __enter__(self) -> "GroupCommit":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._waiting.put(None)
        self._thread.join()

    def submit(self, work: Callable[[Connection], T]) -> "Future[T]":
        """Do ``work`` on a connection that holds the writers' lock; the answer comes after the sync.

        The future fails with what ``work`` raised, or with :class:`casework.errors.DatabaseAway`, and then nothing
        of this piece is kept.
        """
        answer: Future[T] = Future()
        self._waiting.put((work, answer))
        return answer

    def _run(self) -> None:
        ended = False
        while not ended:
            first = self._waiting.get()
            group = [] if first is None else [first]
            ended = first is None
            while not ended and len(group) < LARGEST_GROUP:
                try:
                    following = self._waiting.get_nowait()
                except Empty:
                    break
                ended = following is None
                group += [] if following is None else [following]
            if group:
                self._commit(group)

    def _commit(self, group: list[tuple[Work, Future[Any]]]) -> None:
        done: list[tuple[Future[Any], Any]] = []
        refused: list[tuple[Future[Any], Exception]] = []
        try:
            with writing(self._engine) as connection:
                for work, answer in group:
                    try:
                        with connection.begin_nested():
                            result = work(connection)
                        done.append((answer, result))
                    except Exception as error:
                        if connection.invalidated:
                            raise
                        refused.append((answer, error))
        except Exception as error:  # noqa: BLE001 - whatever stood against the group is told to everyone in it
            for _, answer in group:
                answer.set_exception(error)
            return
        for answer, result in done:
            answer.set_result(result)
        for answer, refusal in refused:
            answer.set_exception(refusal)
