"""Work on the workers of a Dask cluster: the only door to distributed."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any, TypeVar

from features.distributed.errors import ClusterMissing
from records.progress import Report

Result = TypeVar("Result")


@contextmanager
def local_cluster(processes: int, *, folder: str | None = None) -> Iterator[Any]:
    """A client of so many single-threaded worker processes on this machine.

    Parameters
    ----------
    processes : int
    folder : str, optional
        Where workers keep their files; by default the system's temporary folder.

    Raises
    ------
    ClusterMissing
        When the packages of the cluster are not installed.
    """
    dask = _distributed()
    with (
        dask.LocalCluster(
            n_workers=processes,
            threads_per_worker=1,
            processes=True,
            # Any free port: a fixed one would be taken by another cluster on this machine.
            dashboard_address="127.0.0.1:0",
            host="127.0.0.1",
            # Our tasks leave no results in the workers, so their limits would only stop them without need.
            memory_limit=0,
            local_directory=folder or tempfile.gettempdir(),
        ) as cluster,
        dask.Client(cluster) as client,
    ):
        yield client


def on_workers(
    client: Any | None,
    function: Callable[..., Result],
    arguments: Sequence[tuple[Any, ...]],
    *,
    stage: str,
    report: Report,
) -> list[Result]:
    """``function(*each)`` for each tuple of arguments, in their order, as many at a time as there are workers.

    Without a client the work is done in this process. The first error ends what still waits, and is raised here.
    """
    if client is None:
        found = []
        for done, each in enumerate(arguments, start=1):
            found.append(function(*each))
            report(stage, done, len(arguments))
        return found
    futures = [client.submit(function, *each, pure=False) for each in arguments]
    try:
        for done, future in enumerate(_distributed().as_completed(futures), start=1):
            future.result()
            report(stage, done, len(futures))
        return [future.result() for future in futures]
    finally:
        client.cancel(futures)


def workers(client: Any | None) -> int:
    """How many worker processes there are."""
    return 1 if client is None else len(client.nthreads())


def _distributed() -> Any:
    try:
        return import_module("distributed")
    except ImportError as problem:
        raise ClusterMissing(
            "Expected the packages of the extra 'cluster'; they are not installed. "
            "Run: uv pip install 'trustlane[cluster]'"
        ) from problem
