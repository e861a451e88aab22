"""What a run is about to make is noted before the engine hears of it, and is enough to take it over later."""

from __future__ import annotations

import contextvars
import inspect
import json
from pathlib import Path
from typing import Any

import grpc
import pulumi
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime import resource, settings
from pulumi.runtime.proto import resource_pb2, resource_pb2_grpc
from pulumi.runtime.settings import SETTINGS

from rolecall.deploy.serving.registrations import SIGNATURE, record_registrations
from rolecall.engine.journal import Journal, file_of, foundations, read
from rolecall.engine.state import States
from rolecall.errors import StateUnwritable

ROOT = "urn:pulumi:dev.churn::rolecall::pulumi:pulumi:Stack::rolecall-dev.churn"
COMPONENT = "urn:pulumi:dev.churn::rolecall::rolecall:databricks:Job::train"
CONNECTION = "urn:pulumi:dev.churn::rolecall::pulumi:providers:databricks::nonprod"
JOB = "urn:pulumi:dev.churn::rolecall::rolecall:databricks:Job$databricks:index/job:Job::train"
IDENTITY = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class Monitor:
    """Stands for the engine: takes note of what it is told."""

    def __init__(self) -> None:
        self.registered: list[str] = []

    def RegisterResource(self, request: resource_pb2.RegisterResourceRequest) -> str:  # noqa: N802 - the protocol's name
        self.registered.append(request.name)
        return "answer"


def request(kind: str, name: str, **more: Any) -> resource_pb2.RegisterResourceRequest:
    properties = json_format.ParseDict(more.pop("object", {}), struct_pb2.Struct())
    return resource_pb2.RegisterResourceRequest(type=kind, name=name, object=properties, **more)


REQUESTS = (
    request("pulumi:pulumi:Stack", "rolecall-dev.churn"),
    request("pulumi:providers:databricks", "nonprod", custom=True, parent=ROOT, object={"host": "https://one"}),
    request("rolecall:databricks:Job", "train", parent=ROOT),
    request(
        "databricks:index/job:Job",
        "train",
        custom=True,
        parent=COMPONENT,
        provider=f"{CONNECTION}::{IDENTITY}",
        object={"name": "[dev] train", "tags": {"team": "ml"}, "tasks": [{"key": "one"}]},
    ),
)


def noted(path: Path, *requests: resource_pb2.RegisterResourceRequest) -> tuple[Journal, Monitor]:
    """Register through a journal, in settings of its own as each program has them."""
    journal, monitor = Journal(path, frozenset({"name", "tags"})), Monitor()
    journal.begin("acme")

    def program() -> None:
        settings.reset_options(project="rolecall", stack="dev.churn")
        SETTINGS.monitor = monitor
        record_registrations(journal)
        for one in requests:
            assert SETTINGS.monitor.RegisterResource(one) == "answer"

    contextvars.copy_context().run(program)
    return journal, monitor


def test_what_is_registered_is_noted_with_what_it_is_found_by(tmp_path: Path) -> None:
    path = tmp_path / "journal" / "dev.churn.jsonl"
    journal, monitor = noted(path, *REQUESTS)
    assert monitor.registered == ["rolecall-dev.churn", "nonprod", "train", "train"]
    told = read(path)
    assert told is not None
    assert told.organization == "acme"
    assert [one["urn"] for one in told.entries] == [ROOT, CONNECTION, COMPONENT, JOB]
    (job,) = told.unfinished(set())
    assert job["resource"]["inputs"] == {"name": "[dev] train", "tags": {"team": "ml"}}
    assert told.unfinished({JOB}) == []
    journal.end()
    assert read(path) is None


def test_a_state_is_given_what_an_import_needs(tmp_path: Path) -> None:
    path = tmp_path / "dev.churn.jsonl"
    noted(path, *REQUESTS)
    told = read(path)
    assert told is not None
    root, connection, component = foundations(told.entries, {JOB})
    assert root["urn"] == ROOT
    assert (connection["id"], connection["inputs"]) == (IDENTITY, {"host": "https://one"})
    assert component == {"urn": COMPONENT, "type": "rolecall:databricks:Job", "custom": False, "parent": ROOT}
    assert foundations(told.entries, {ROOT, CONNECTION, COMPONENT, JOB}) == []
    assert CONNECTION not in {one["urn"] for one in foundations(told.entries[:-1], set())}, (
        "nothing was made through it"
    )


def test_no_secret_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "dev.churn.jsonl"
    secret = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "value": "hunter2"}
    noted(path, request("databricks:index/job:Job", "train", custom=True, parent=ROOT, object={"name": secret}))
    assert "hunter2" not in path.read_text()


def test_what_cannot_be_noted_is_not_registered(tmp_path: Path) -> None:
    """Fault 10."""
    path = tmp_path / "dev.churn.jsonl"
    journal, monitor = Journal(path, frozenset()), Monitor()
    journal.begin("acme")
    path.unlink()
    path.symlink_to("/dev/full")

    def program() -> None:
        settings.reset_options(project="rolecall", stack="dev.churn")
        SETTINGS.monitor = monitor
        record_registrations(journal)
        with pytest.raises(pulumi.RunError, match=r"cannot be recorded.*No space left"):
            SETTINGS.monitor.RegisterResource(REQUESTS[0])

    contextvars.copy_context().run(program)
    assert monitor.registered == []
    with pytest.raises(StateUnwritable, match=r"No space left"):
        journal.begin("acme")


def test_a_line_that_is_not_whole_was_never_registered(tmp_path: Path) -> None:
    path = tmp_path / "dev.churn.jsonl"
    noted(path, *REQUESTS)
    path.write_text(path.read_text()[:-20])
    told = read(path)
    assert told is not None
    assert [one["urn"] for one in told.entries] == [ROOT, CONNECTION, COMPONENT]
    path.write_text("")
    assert read(path) is not None


def test_a_state_tells_what_was_noted_and_is_not_in_it(tmp_path: Path) -> None:
    states = States(f"file://{tmp_path}", "rolecall", Path("pulumi"), tmp_path, {})
    path = states.journal_file("dev.churn")
    assert path == file_of(f"file://{tmp_path}", "rolecall", "dev.churn")
    assert path is not None
    noted(path, *REQUESTS)
    state = tmp_path / ".pulumi" / "stacks" / "rolecall" / "dev.churn.json"
    state.parent.mkdir(parents=True)
    state.write_text(json.dumps({"version": 3, "checkpoint": {"latest": None}}))
    found = states.read("dev.churn")
    assert found is not None
    assert found.anything
    assert found.organization == "acme"
    assert [one["resource"]["urn"] for one in found.pending] == [JOB]
    assert file_of("s3://states", "rolecall", "dev.churn") is None


def test_the_monitor_is_a_stub_whose_calls_can_be_replaced() -> None:
    """What `watch` does to the SDK's own monitor; an update that changes it shall be noticed here."""

    with grpc.insecure_channel("127.0.0.1:9") as channel:
        stub: Any = resource_pb2_grpc.ResourceMonitorStub(channel)
        assert callable(stub.RegisterResource)
        stub.RegisterResource = len
        assert stub.RegisterResource is len
    assert "monitor.RegisterResource(" in inspect.getsource(resource), "it is looked up at each call"


def test_nothing_is_noted_after_a_line_that_is_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full for a moment: what came next would be part of the broken line, and lost with it."""
    path = tmp_path / "dev.churn.jsonl"
    journal = Journal(path, frozenset())
    journal.begin("acme")
    real, full = Path.open, [True]

    class Full:
        def __enter__(self) -> Any:
            return self

        def __exit__(self, *told: object) -> None:
            pass

        def write(self, text: str) -> None:
            with real(path, "a", encoding="utf-8") as file:
                file.write(text[:5])
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", lambda self, *a, **k: Full() if full[0] else real(self, *a, **k))
    entry = {"urn": JOB, "type": "databricks:index/job:Job", "custom": True}
    with pytest.raises(StateUnwritable):
        journal.note(entry)
    full[0] = False
    with pytest.raises(StateUnwritable):
        journal.note(entry)
    noted = read(path)
    assert noted is not None
    assert noted.entries == ()


@pytest.mark.parametrize("checkpoints", [False, True])
def test_a_failed_create_is_kept_until_the_next_run(tmp_path: Path, checkpoints: bool) -> None:
    """Its answer may have been lost, with the object made."""
    path = tmp_path / "journal" / "dev.churn.jsonl"
    journal = Journal(path, frozenset(), checkpoints=checkpoints)
    journal.begin("acme")
    kind = "databricks:index/job:Job"
    for name in ("train", "score"):
        urn = JOB.replace("::train", f"::{name}")
        journal.note({"urn": urn, "type": kind, "custom": True, "inputs": {"name": name}})
    assert path.exists() is not checkpoints
    journal.keep([(kind, "train"), (kind, "never-registered")])
    told = read(path)
    assert told is not None
    assert told.organization == "acme"
    assert [one["urn"] for one in told.entries] == [JOB]
    journal.keep([])
    assert read(path) is None
