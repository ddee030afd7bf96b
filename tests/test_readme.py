"""The README runs: every block, in its order, as a newcomer would, with smaller numbers where it says so."""

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("PYTEST", "TRUSTLANE_", "MLFLOW_", "BENTOML_")
"""Variables that other tests of this process may have set and a newcomer has not."""

SMALLER = {"PARTICIPANTS": "800", "YEARS": "5"}
"""The demo's own variables, so that a test does not simulate a whole program."""


def blocks() -> list[str]:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """The tracked files in a folder of their own, with the environment that runs this test as its ``.venv``."""
    folder = tmp_path_factory.mktemp("checkout")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    (folder / ".venv").symlink_to(Path(sys.prefix))
    return folder


@pytest.fixture(scope="module")
def environment(checkout):
    port = str(free_port())
    clean = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**clean, **SMALLER, "PORT": port, "TRUSTLANE_PORT": port, "PYTHONPATH": str(checkout)}


def prelude(before: list[str]) -> str:
    """What earlier blocks set in the shell and a newcomer's shell still has."""
    lines = [line for block in before for line in block.splitlines() if line.startswith("export ")]
    return "\n".join(["set -eu", ". .venv/bin/activate", *lines])


def run(block: str, before: list[str], checkout: Path, environment: dict[str, str]) -> str:
    script = f"{prelude(before)}\n{block}"
    done = subprocess.run(
        ["bash", "-c", script], cwd=checkout, env=environment, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, f"{block}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def run_until_served(block: str, before: list[str], checkout: Path, environment: dict[str, str], who: str) -> None:
    """Start a block that serves, sign in to the console with the password that it printed, end it as Ctrl-C does."""
    server = subprocess.Popen(
        ["bash", "-c", f"{prelude(before)}\n{block}"],
        cwd=checkout,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    seen = []
    try:
        for line in server.stdout:
            seen.append(line)
            if found := re.search(r"Console: (http://\S+)", line):
                assert "Sign in" in wait_for(found.group(1))
                printed = re.findall(rf"(?:^  {who} +|shown only now: )(\S+)$", "".join(seen), flags=re.MULTILINE)
                assert "Investigation queue" in sign_in(found.group(1), who, printed[0])
                break
        else:
            pytest.fail("".join(seen)[-4000:])
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.communicate(timeout=60)


def wait_for(address: str, seconds: int = 120) -> str:
    import time

    for _ in range(seconds):
        try:
            with urllib.request.urlopen(address, timeout=60) as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(1)
    pytest.fail(f"no answer from {address} in {seconds} seconds")


def sign_in(console: str, name: str, password: str) -> str:
    """The page that a person sees after filling in the form."""
    from http.cookiejar import CookieJar
    from urllib.parse import urlencode

    person = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    with person.open(console, timeout=60) as form:
        fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form.read().decode()))
    filled = urlencode({**fields, "name": name, "password": password}).encode()
    with person.open(f"{console}/sign-in", data=filled, timeout=60) as page:
        return page.read().decode()


def test_every_block_of_the_readme_runs_in_its_order(checkout, environment):
    before: list[str] = []
    for block in blocks():
        if "make test" in block:
            continue  # this very test runs inside it
        if "make setup" in block:
            assert (checkout / ".venv" / "bin" / "trustlane").exists()
        elif "make demo" in block:
            command = ".venv/bin/trustlane demo --participants $PARTICIPANTS --years $YEARS --port $PORT"
            run_until_served(command, [], checkout, environment, "manager")
        elif "trustlane serve" in block:
            run_until_served(block, before, checkout, environment, "Ana")
        else:
            run(block, before, checkout, environment)
        before.append(block)
    assert len(before) == len(blocks()) - 1


def test_the_demo_target_runs_the_demo_verb_and_the_setup_target_comes_first():
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(r"^demo: setup ", make, flags=re.MULTILINE)
    assert "trustlane demo --participants $(PARTICIPANTS) --years $(YEARS) --seed $(SEED) --port $(PORT)" in make


def test_every_link_of_the_readme_leads_somewhere():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (ROOT / target).exists(), target
