"""`otpushd emit`: what it takes, what it refuses with exit 2, and that a refusal leaves nothing behind."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from otpushd.cli.emit import command
from otpushd.store.lock import StoreLock
from otpushd.store.opening import open_store

CONFIG = """version: 1
sources: [{name: main, url: "sqlite:///prodigy.db"}, {name: other, url: "sqlite:///other.db"}]
store: {url: "sqlite:///store/otpushd.db"}
channels: {push: {kind: opentext-push, base_url: "http://127.0.0.1:1", auth: {basic: {user: u, password: p}}}}
rules: [rules.yaml]
people: people.yaml
events: {contract.signed: {customer: string, at: instant}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "otpushd.yaml").write_text(CONFIG)
    (tmp_path / "people.yaml").write_text("people: {lea: {push: l}}\n")
    (tmp_path / "rules.yaml").write_text("rules: []\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def emit(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


def stored(folder: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "store" / "otpushd.db")) as store:
        return store.execute("SELECT source, type, dataset, data, content FROM inbox ORDER BY at, number").fetchall()


def test_an_event_is_stored_and_its_id_is_said(folder: Path) -> None:
    done = emit("contract.signed", "--dataset", "d", "--data", '{"customer": "Ä", "at": "2026-03-02T09:00Z"}')
    assert (done.exit_code, done.stderr) == (0, "")
    assert done.stdout.startswith("stored: contract.signed ")
    (row,) = stored(folder)
    assert row[:3] == ("main", "contract.signed", "d")
    assert json.loads(row[3]) == [{"customer": "Ä", "at": 1_772_442_000_000_000}, ["at"]]


def test_an_id_of_ones_own_is_stored_once(folder: Path) -> None:
    assert [emit("model.drift", "--id", "nightly", "--source", "other").exit_code for _ in range(2)] == [0, 0]
    assert [row[:2] for row in stored(folder)] == [("other", "model.drift")]
    assert "stored: model.drift nightly" in emit("model.drift", "--id", "nightly").stdout


def test_a_batch_is_one_event_for_each_task(folder: Path) -> None:
    (folder / "batch.jsonl").write_text('\ufeff{"text": "a", "_input_hash": 5, "label": "X"}\n\n{"text": "b"}\n')
    assert "stored: example.added 2 events" in emit("example.added", "--dataset", "d", "--file", "batch.jsonl").stdout
    (fields, _), (_, _) = [json.loads(row[3]) for row in stored(folder)]
    assert (fields["labels"], fields["input_hash"], fields["origin"]) == (["X"], 5, "import")
    assert json.loads(stored(folder)[1][4]) == {"text": "b"}


def test_a_task_in_the_data_fills_the_fields_that_were_not_given(folder: Path) -> None:
    data = {"task": {"text": "a", "label": "X", "score": 0.3}, "score": 0.9}
    assert emit("example.added", "--dataset", "d", "--data", json.dumps(data)).exit_code == 0
    ((_, _, _, written, content),) = stored(folder)
    assert (json.loads(written)[0]["score"], json.loads(written)[0]["labels"]) == (0.9, ["X"])
    assert json.loads(content)["text"] == "a"


def test_other_types_take_a_line_of_fields_each(folder: Path) -> None:
    (folder / "all.jsonl").write_text('{"value": 1}\n{"value": 2}\n')
    assert emit("model.drift", "--file", "all.jsonl", "--id", "x").exit_code == 0
    assert [json.loads(row[3])[0] for row in stored(folder)] == [{"value": 1}, {"value": 2}]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        pytest.param(["model.drift", "--data", "{value: 1}"], "no JSON", id="wrong JSON"),
        pytest.param(["model.drift", "--data", "[1]"], "JSON object", id="no object"),
        pytest.param(["model.drift", "--data", '{"valu": 1}'], "did you mean 'value'", id="unknown field"),
        pytest.param(["model.drift", "--data", '{"value": "1"}'], "`value` is a number", id="wrong kind"),
        pytest.param(["model.drift", "--data", '{"selection": "worst"}'], "not a selection", id="wrong selection"),
        pytest.param(["answer.saved", "--data", "{}"], "reserved", id="reserved type"),
        pytest.param(["model.drif"], "did you mean 'model.drift'", id="unknown type"),
        pytest.param(["contract.signed", "--data", '{"at": "soon"}'], "2026-03-02T09:00", id="no instant"),
        pytest.param(["example.added", "--data", "{}"], "--dataset", id="a batch for no dataset"),
        pytest.param(["model.drift", "--source", "mian"], "did you mean 'main'", id="unknown source"),
        pytest.param(["model.drift", "--id", ""], "1 to 200", id="empty id"),
        pytest.param(["model.drift", "--config", "nowhere.yaml"], "which is no file", id="no configuration"),
        pytest.param(["model.drift", "--data", "{}", "--file", "x"], "not both", id="data and file"),
        pytest.param(["model.drift", "--file", "nowhere"], "No such file", id="no such batch"),
        pytest.param(["model.drift", "--file", "/dev/null"], "holds nothing", id="empty batch"),
    ],
)
def test_what_is_wrong_is_refused_with_the_reason_and_nothing_is_stored(
    folder: Path, arguments: list[str], reason: str
) -> None:
    refused = emit(*arguments)
    assert refused.exit_code == 2
    assert reason in refused.stderr
    assert not (folder / "store").exists()


def test_of_a_batch_with_wrong_lines_each_is_named_and_nothing_is_stored(folder: Path) -> None:
    (folder / "batch.jsonl").write_text('{"text": "a"}\n{"text": \n[1]\n' + "x\n" * 30)
    refused = emit("example.added", "--dataset", "d", "--file", "batch.jsonl")
    assert refused.exit_code == 2
    assert "batch.jsonl:2: this is no task: not JSON" in refused.stderr
    assert "batch.jsonl:3: this is no task: not a JSON object" in refused.stderr
    assert "and 12 more" in refused.stderr


def test_a_configuration_that_is_wrong_is_a_refusal_with_its_problems(folder: Path) -> None:
    (folder / "otpushd.yaml").write_text(CONFIG + "colour: red\n")
    refused = emit("model.drift")
    assert (refused.exit_code, "otpushd.yaml:8:1" in refused.stderr) == (2, True)


def test_it_works_beside_a_daemon_that_holds_the_store(folder: Path) -> None:
    (folder / "store").mkdir()
    path = folder / "store" / "otpushd.db"
    daemon, lock = open_store(path), StoreLock(path)
    lock.take()
    assert emit("model.drift").exit_code == 0
    assert len(stored(folder)) == 1
    lock.release()
    daemon.close()


def test_the_store_of_an_older_daemon_that_runs_is_left_alone(folder: Path) -> None:
    (folder / "store").mkdir()
    path = folder / "store" / "otpushd.db"
    open_store(path).close()
    with closing(sqlite3.connect(path)) as store, store:
        store.execute("DELETE FROM schema_migration WHERE name LIKE '0008%'")
        store.execute("DROP TABLE inbox")
        store.execute("DROP TABLE queue_item")
        store.execute("DROP TABLE queue_order")
    lock = StoreLock(path)
    lock.take()
    refused = emit("model.drift")
    assert (refused.exit_code, "brought up to date" in refused.stderr) == (2, True)
    lock.release()
    assert emit("model.drift").exit_code == 0


def test_a_store_that_takes_nothing_is_a_refusal(folder: Path) -> None:
    (folder / "store").mkdir()
    (folder / "store" / "otpushd.db").mkdir()
    refused = emit("model.drift")
    assert (refused.exit_code, "this is no file" in refused.stderr) == (2, True)
