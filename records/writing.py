"""Writing to a folder that several processes share: one at a time, and a full disk said in words."""

import errno
import fcntl
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from records.errors import LakeBusy, LakeError, RecordsError

NO_ROOM = re.compile(
    r"No space left on device|Disk quota exceeded|File too large|os error (27|28|122)\b|temp_directory"
)
"""How the parts that write files say that the disk is full."""


@contextmanager
def only_writer(folder: Path, wait_seconds: float) -> Iterator[None]:
    """Be the one process that writes to ``folder``, which is made where it is missing.

    The lock is the operating system's and ends with the process, however that ends.

    Raises
    ------
    LakeBusy
        Another process is still writing after ``wait_seconds``.
    LakeError
        The disk became full.
    """
    with _full_disk_in_words(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            _wait_for(lock, folder, wait_seconds)
            yield


def _wait_for(lock: IO[str], folder: Path, seconds: float) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() < end:
                time.sleep(0.1)
                continue
            raise LakeBusy(
                f"Expected to be the only writer of {folder}; another ingest still holds it "
                f"after {seconds:g} seconds. Wait until it has ended and try again."
            ) from error
        return


@contextmanager
def _full_disk_in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        if isinstance(error, RecordsError) or not (full or NO_ROOM.search(str(error))):
            raise
        raise LakeError(
            f"Expected room on the disk of {folder}, got none left; nothing of the batch was stored. "
            "Free some space, about three times the size of the files, and send the batch again."
        ) from error
