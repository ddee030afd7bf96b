"""A tracking server that is away: the run is kept whole, said plainly, and sent once when the server is back."""

import json
import shutil
import socket
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from mlflow_server import free_port, mlflow_server
from model_slices import make_matrix, quick_model

from models import experiments, unsent
from models.errors import BundleCorrupt, KeptRunUnreadable, RunKept, TrackingAway
from models.experiments import Tracking, artifact_files, connect, open_tracking, quietly
from models.registry import latest_version, load_version, version_tags
from models.run_items import Figure, Metric, RunContent, Series
from models.tracking_server import require_answer
from models.unsent import KEY_TAG, Outbox, Outgoing, Registration, kept_runs, log_or_keep, read_kept, send_kept
from trustlane import main

CONTENT = RunContent(
    experiment="trustlane-train",
    name="train to 2021-10-01",
    note="A **note**.",
    data_version="synthetic",
    params={"model.rounds": 25},
    tags={"kind": "train"},
    metrics=(Metric("average_precision", 0.3, 20200101), Metric("unknown", float("nan"))),
    figures=(Figure("bars", "t", "x", "y", (Series("s", ["a", "b"], [0.1, 1], style="bars"),)),),
    tables={"yield": pd.DataFrame({"band": [1], "rows": [3]})},
    texts={"model_card.md": "# Card"},
    sample=make_matrix(5, 1),
)


@pytest.fixture(scope="module")
def outgoing():
    return Outgoing(CONTENT, quick_model(), make_matrix(3, 2), Registration("Words.", {"kind": "test"}))


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with mlflow_server(tmp_path_factory.mktemp("server"), free_port()) as address:
        yield open_tracking(address)


def nowhere() -> Tracking:
    """The address of a server that is not there."""
    return open_tracking(f"http://127.0.0.1:{free_port()}")


def runs_of(tracking, key):
    with quietly():
        client = connect(tracking)
        experiments_ids = [each.experiment_id for each in client.search_experiments()]
        return client.search_runs(experiments_ids, filter_string=f"tags.{KEY_TAG} = '{key}'")


def key_of(folder):
    return read_kept(folder).content.tags[KEY_TAG]


def kept(outgoing, folder):
    with pytest.raises(RunKept) as refused:
        log_or_keep(nowhere(), outgoing, folder)
    return refused.value.kept[0]


def test_a_run_whose_server_is_away_is_kept_whole_within_seconds_and_said_with_the_command(tmp_path, outgoing):
    began = time.monotonic()
    with pytest.raises(RunKept, match=r"kept whole in .*0001-\w{32}.*trustlane send") as refused:
        log_or_keep(nowhere(), outgoing, tmp_path)
    assert time.monotonic() - began < 10
    assert list(refused.value.kept) == list(kept_runs(tmp_path))
    back = read_kept(refused.value.kept[0])
    assert back.registration == outgoing.registration
    assert back.model.digest == outgoing.model.digest
    pd.testing.assert_frame_equal(back.example, outgoing.example)
    pd.testing.assert_frame_equal(back.content.sample, CONTENT.sample)
    assert dict(back.content.files) == artifact_files(CONTENT)
    assert {name: back.content.tags[name] for name in CONTENT.tags} == dict(CONTENT.tags)
    assert back.content.metrics[0] == CONTENT.metrics[0]
    assert np.isnan(back.content.metrics[1].value)
    assert (back.content.params, back.content.note) == ({"model.rounds": "25"}, CONTENT.note)


def test_a_kept_run_is_sent_when_the_server_is_back_and_looks_as_if_it_had_never_been_away(tmp_path, outgoing, server):
    sent = send_kept(server, kept(outgoing, tmp_path))
    assert kept_runs(tmp_path) == ()
    direct = log_or_keep(server, outgoing, tmp_path)
    with quietly():
        client = connect(server)
        one, other = (client.get_run(each.run.run_id) for each in (sent, direct))
        for name in ("params", "metrics"):
            assert getattr(one.data, name) == getattr(other.data, name)
        shown = {"tables", "figures", "model_card.md"}
        for run in (one, other):
            assert {each.path for each in client.list_artifacts(run.info.run_id)} >= shown
    assert one.info.run_name == other.info.run_name
    assert int(direct.version) == int(sent.version) + 1
    assert version_tags(server.uri, sent.version)["kind"] == "test"
    assert load_version(server.uri, sent.version, tmp_path / "bundle").digest == outgoing.model.digest


def test_what_is_sent_twice_is_one_run_and_one_version(tmp_path, outgoing, server):
    folder = kept(outgoing, tmp_path)
    shutil.copytree(folder, tmp_path / "copy")
    first = send_kept(server, folder)
    again = send_kept(server, tmp_path / "copy")
    assert (again.run.run_id, again.version) == (first.run.run_id, first.version)
    assert latest_version(server.uri) == first.version


def test_a_server_that_goes_away_in_the_middle_leaves_one_whole_run_in_the_end(tmp_path, outgoing, server, monkeypatch):
    with monkeypatch.context() as patch:

        def gone(*_):
            # From here on no question is answered, as if the process had ended.
            patch.setattr(experiments, "require_answer", require_answer)
            patch.setattr("models.tracking_server._silence", lambda uri, seconds: "connection refused")
            raise OSError("connection reset")

        patch.setattr(experiments, "_log_model", gone)
        with pytest.raises(RunKept) as refused:
            log_or_keep(server, outgoing, tmp_path)
    folder = refused.value.kept[0]
    key = key_of(folder)
    assert [run.info.status for run in runs_of(server, key)] == ["FAILED"], "the half of it that the server took"
    sent = send_kept(server, folder)
    assert [run.info.run_id for run in runs_of(server, key)] == [sent.run.run_id]
    assert latest_version(server.uri) == sent.version


def test_a_run_that_was_logged_and_not_registered_is_only_registered(tmp_path, outgoing, server, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(unsent, "register", lambda *_, **__: (_ for _ in ()).throw(TrackingAway(server.uri, "gone")))
        with pytest.raises(RunKept) as refused:
            log_or_keep(server, outgoing, tmp_path)
    key = key_of(refused.value.kept[0])
    logged = runs_of(server, key)
    sent = send_kept(server, refused.value.kept[0])
    assert [run.info.run_id for run in logged] == [sent.run.run_id]
    assert load_version(server.uri, sent.version, tmp_path / "bundle").digest == outgoing.model.digest


def test_what_fails_while_the_server_answers_is_no_reason_to_keep_a_run(tmp_path, server):
    wrong = Outgoing(replace(CONTENT, metrics=(Metric("no:such*name", 1.0),)))
    with pytest.raises(Exception, match="no:such") as problem:
        log_or_keep(server, wrong, tmp_path)
    assert not isinstance(problem.value, RunKept)
    assert kept_runs(tmp_path) == ()


def test_a_folder_that_was_cut_short_or_changed_is_refused_and_stays(tmp_path, outgoing):
    folder = kept(outgoing, tmp_path)
    (folder / "bundle" / "bundle.json").write_text("{}")
    with pytest.raises(BundleCorrupt):
        send_kept(nowhere(), folder)
    (folder / "run.json").write_text(json.dumps({"experiment": "x"}))
    with pytest.raises(KeptRunUnreadable, match="Expected a run that was kept whole"):
        send_kept(nowhere(), folder)
    assert kept_runs(tmp_path) == (folder,)


def test_an_outbox_goes_on_and_tells_of_all_kept_runs_at_the_end(tmp_path):
    outbox = Outbox(nowhere(), tmp_path)
    outbox.require_all_sent()
    for _ in range(3):
        outbox.put(CONTENT)
    with pytest.raises(RunKept) as refused:
        outbox.require_all_sent()
    assert refused.value.kept == kept_runs(tmp_path)
    assert [path.name[:5] for path in kept_runs(tmp_path)] == ["0001-", "0002-", "0003-"]


class Gateway(BaseHTTPRequestHandler):
    """A gateway before a server: what it answers is the number at the head of the path."""

    def do_GET(self):
        self.send_error(int(self.path.split("/")[1]))

    def log_message(self, *_):
        pass


def test_an_answer_of_any_kind_will_do_but_not_that_of_a_gateway_alone():
    gateway = HTTPServer(("127.0.0.1", 0), Gateway)
    threading.Thread(target=gateway.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{gateway.server_port}"
    try:
        for status in (401, 404, 500):
            require_answer(f"{address}/{status}")
        with pytest.raises(TrackingAway, match="status 503"):
            require_answer(f"{address}/503")
    finally:
        gateway.shutdown()
        gateway.server_close()


def test_a_server_that_takes_a_call_and_never_answers_is_away():
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(TrackingAway, match="timed out"):
            require_answer(f"http://127.0.0.1:{silent.getsockname()[1]}", seconds=0.2)


def test_a_promotion_needs_the_registry_and_is_refused_in_words(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["promote", "--mlflow", nowhere().uri])
    assert done.exit_code == 1
    assert "Expected the tracking server at http://127.0.0.1" in " ".join(done.output.split())
    assert "kept" not in done.output


def test_the_verb_sends_in_order_and_says_when_there_is_nothing(tmp_path, server, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("first", "second"):
        kept(Outgoing(replace(CONTENT, name=name)), tmp_path / ".trustlane" / "unsent")
    refused = CliRunner().invoke(main, ["send", "--mlflow", nowhere().uri])
    assert refused.exit_code == 1
    assert len(kept_runs(tmp_path / ".trustlane" / "unsent")) == 2
    done = CliRunner().invoke(main, ["send", "--mlflow", server.uri])
    assert done.exit_code == 0, done.output
    assert done.output.count("Sent run") == 2
    assert "Nothing to send" in CliRunner().invoke(main, ["send", "--mlflow", server.uri]).output
