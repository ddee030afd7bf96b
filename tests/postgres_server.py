"""A real PostgreSQL server from its binaries, for the length of a test session."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def postgres_tool(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


@contextmanager
def postgres_server() -> Iterator[str]:
    """The address of a new server, without the name of a database.

    Its folder stands outside pytest's, which each session closes to other users again.
    """
    folder = Path(tempfile.mkdtemp(prefix="trustlane-postgres-"))
    try:
        yield from _served(folder)
    finally:
        shutil.rmtree(folder)


def _served(folder: Path) -> Iterator[str]:
    # The server refuses to run as root: as root it gets a user of its own.
    as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.geteuid() == 0 else []
    if as_user:
        shutil.chown(folder, "nobody", "nogroup")
    data = folder / "data"
    subprocess.run(
        [*as_user, postgres_tool("initdb"), "-D", str(data), "-U", "tester", "-A", "trust", "--no-sync"],
        check=True,
        capture_output=True,
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    call = [*as_user, postgres_tool("postgres"), "-D", str(data), "-h", "127.0.0.1", "-p", str(port), "-k", "", "-F"]
    with subprocess.Popen(call, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr:
            if "ready to accept connections" in line:
                break
        yield f"postgresql+psycopg://tester@127.0.0.1:{port}"
        process.send_signal(signal.SIGINT)  # SIGTERM would wait for every client to leave
        process.stderr.read()
