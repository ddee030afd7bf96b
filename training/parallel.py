"""Independent calculations on every core at once; the order in which they end shows in nothing."""

import os
from collections.abc import Callable, Hashable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

Name = TypeVar("Name", bound=Hashable)
Found = TypeVar("Found")


def in_parallel(jobs: Mapping[Name, Callable[[], Found]], listen: Callable[[int, int], None]) -> dict[Name, Found]:
    """What each job gives, in the order of the jobs.

    Threads suffice: trees and array sums release the interpreter's lock.

    Parameters
    ----------
    jobs : mapping of name to function
        They share nothing that they change.
    listen : callable
        Told how many are done, and of how many.

    Raises
    ------
    Exception
        What the first job that failed raised; jobs that had not begun by then do not.
    """
    listen(0, len(jobs))
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        started = {pool.submit(job): name for name, job in jobs.items()}
        try:
            for done, future in enumerate(as_completed(started), 1):
                future.result()
                listen(done, len(jobs))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        return {name: future.result() for future, name in started.items()}
