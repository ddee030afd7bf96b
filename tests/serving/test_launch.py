"""Starting the service says where the console is, and refuses an address that is taken before anything starts."""

import os
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import pytest

from serving.launch import PortTaken, console_address, serve
from serving.settings import Settings


def test_an_address_in_use_is_refused_with_what_to_do() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortTaken, match="TRUSTLANE_PORT"):
            serve(Settings(port=taken.getsockname()[1]))


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("10.1.2.3", "10.1.2.3")]
)
def test_the_address_of_the_console_can_be_opened_on_this_machine(host: str, shown: str) -> None:
    assert console_address(Settings(host=host, port=3100)) == f"http://{shown}:3100/console"


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.5, 3.0, 8.0], ids=lambda seconds: f"after {seconds} s")
def test_stopping_the_launcher_stops_the_service_whenever_the_request_comes(world: Any, seconds: float) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = "from serving.launch import serve; from serving.settings import read_settings; serve(read_settings())"
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code],
        env={**os.environ, **world.environment, "TRUSTLANE_PORT": str(port)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"Console: http://127.0.0.1:{port}/console\n"
        time.sleep(seconds)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
