"""The native provider in this process: several engines ask it, and none of them owns it."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2

from rolecall.deploy.serving.native_provider import NativeProvider
from rolecall.engine.attaching import VARIABLE, attach_to
from rolecall.systems.connections import Connection, forget_all
from rolecall.systems.requests import Requests
from tests.support.provider import ProviderClient
from tests.unit.systems.test_requests import Scripted, answer, made


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Requests]:
    """Requests to a system on which something may wait."""
    monkeypatch.setattr("rolecall.systems.connections._connections", [])
    yield Connection(lambda: made(Scripted(answer())))()
    forget_all()


def test_engines_attach_and_leave_without_ending_what_others_wait_for(waiting: Requests) -> None:
    with NativeProvider({}, lambda _host: False) as served:
        port = served.ports()["rolecall"]
        for _ in range(2):
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                client = ProviderClient(channel)
                client.stub.Attach(plugin_pb2.PluginAttach(address="127.0.0.1:1"))
                assert client.stub.GetPluginInfo(empty_pb2.Empty()).version
                assert client.check("rolecall:okta:Group", name="analysts", lead=1)[1].keys() == {"lead", "managedBy"}
                client.cancel()
        assert not waiting.cancelled.is_set()
        served.cancel()
        assert waiting.cancelled.is_set()


def test_a_provider_that_the_user_runs_is_left_to_the_user() -> None:
    with NativeProvider({VARIABLE: "rolecall:1"}, lambda _host: False) as served:
        assert served.ports() == {}
    assert attach_to({}) == {}
    assert attach_to({"databricks": 1, "rolecall": 2}) == {VARIABLE: "databricks:1,rolecall:2"}
