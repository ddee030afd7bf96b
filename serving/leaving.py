"""The end of a process of the command line, while threads of native libraries may still be at work.

Arrow reads ahead in threads of its own, from files that Python holds. When the interpreter is taken down, a thread
that then asks for it is ended by force inside C++ code, which aborts the process: the work is done, everything is
written, and the exit status says the opposite. So the process ends without taking the interpreter down.
"""

import atexit
import logging
import os
import sys
from collections.abc import Callable
from typing import NoReturn


def run_and_leave(command: Callable[[], object]) -> NoReturn:
    """Call a command that ends by SystemExit, as click's do, then end the process with its status.

    Whatever is registered with :mod:`atexit` runs, and the standard streams are flushed, as ever.
    """
    try:
        command()
        status = 0
    except SystemExit as end:
        status = _status(end)
    atexit._run_exitfuncs()
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:
            # Who was reading has gone, as `trustlane ... | head` does.
            status = status or 1
    os._exit(status)


def _status(end: SystemExit) -> int:
    if end.code is None:
        return 0
    if isinstance(end.code, int):
        return end.code
    sys.stderr.write(f"{end.code}\n")
    return 1
