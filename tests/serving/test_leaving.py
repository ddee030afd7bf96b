"""A process ends with its own status, whatever native threads still do."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READING_AHEAD = """
import atexit, io, sys, time
import pyarrow as pa, pyarrow.csv
from serving.leaving import run_and_leave

class Slow(io.RawIOBase):
    reads = 0
    def readable(self):
        return True
    def read(self, size=-1):
        self.reads += 1
        if self.reads > 2:
            time.sleep(0.3)
        return b"1,2\\n" * 1000

def command():
    options = pyarrow.csv.ReadOptions(block_size=4000, column_names=["a", "b"])
    pyarrow.csv.open_csv(pa.PythonFile(Slow(), "r"), read_options=options).read_next_batch()
    atexit.register(print, "registered")
    print("said")
    sys.exit(STATUS)
"""


def run(code: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, **options)


@pytest.mark.parametrize(("status", "expected"), [("0", 0), ("2", 2), ("None", 0), ("'why not'", 1)])
def test_a_thread_that_still_reads_does_not_change_the_status(status, expected):
    done = run(READING_AHEAD.replace("STATUS", status) + "\nrun_and_leave(command)")
    assert done.returncode == expected, done.stderr
    assert done.stdout.split() == ["said", "registered"]
    assert ("why not" in done.stderr) == (expected == 1)


def test_the_danger_is_real():
    """Without it the same process is aborted; when this fails, Arrow has mended it and the module may go."""
    assert run(READING_AHEAD.replace("STATUS", "0") + "\ncommand()").returncode < 0


def test_an_error_that_nobody_foresaw_is_still_told_in_full():
    done = run("from serving.leaving import run_and_leave\nrun_and_leave(lambda: 1 / 0)")
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
