"""The native provider in a process of its own, spoken to over gRPC as the engine does."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as rpc
from pulumi.runtime.proto import provider_pb2_grpc

from rolecall.provider.values import plain, struct
from tests.support.forks import PROVIDER, forked

# How the variables of the systems begin.
SYSTEMS = ("OKTA_", "AZURE_", "DATABRICKS_", "CONDUCTOR_", "HARNESS_", "PREFECT_")
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class ProviderClient:
    """Calls a provider, with plain values instead of messages."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.stub = provider_pb2_grpc.ResourceProviderStub(channel)

    def check(self, token: str, **news: Any) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the checked properties, and what is wrong by property."""
        answer = self.stub.Check(rpc.CheckRequest(urn=_urn(token), news=struct(news)))
        return plain(answer.inputs), {one.property: one.reason for one in answer.failures}

    def diff(self, token: str, olds: Mapping[str, Any], news: Mapping[str, Any], *ignored: str) -> rpc.DiffResponse:
        request = rpc.DiffRequest(urn=_urn(token), olds=struct(olds), news=struct(news), ignoreChanges=ignored)
        answer: rpc.DiffResponse = self.stub.Diff(request)
        return answer

    def create(self, token: str, *, preview: bool = False, **properties: Any) -> tuple[str, dict[str, Any]]:
        inputs, wrong = self.check(token, **properties)
        assert not wrong, wrong
        answer = self.stub.Create(rpc.CreateRequest(urn=_urn(token), properties=struct(inputs), preview=preview))
        return answer.id, plain(answer.properties)

    def read(self, token: str, identity: str, **inputs: Any) -> tuple[str, dict[str, Any]]:
        answer = self.stub.Read(rpc.ReadRequest(urn=_urn(token), id=identity, inputs=struct(inputs)))
        return answer.id, plain(answer.properties)

    def update(self, token: str, identity: str, olds: Mapping[str, Any], **news: Any) -> dict[str, Any]:
        inputs, wrong = self.check(token, **news)
        assert not wrong, wrong
        request = rpc.UpdateRequest(urn=_urn(token), id=identity, olds=struct(olds), news=struct(inputs))
        return plain(self.stub.Update(request).properties)

    def delete(self, token: str, identity: str, properties: Mapping[str, Any]) -> None:
        self.stub.Delete(rpc.DeleteRequest(urn=_urn(token), id=identity, properties=struct(properties)))

    def invoke(self, token: str, **arguments: Any) -> tuple[dict[str, Any], dict[str, str]]:
        answer = self.stub.Invoke(rpc.InvokeRequest(tok=token, args=struct(arguments)))
        return plain(getattr(answer, "return")), {one.property: one.reason for one in answer.failures}

    def cancel(self) -> None:
        self.stub.Cancel(empty_pb2.Empty())


def _urn(token: str) -> str:
    return f"urn:pulumi:test::trial::{token}::one"


@contextmanager
def provider(variables: Mapping[str, str]) -> Iterator[ProviderClient]:
    """Run the provider's program in a process of its own for the length of a `with` block."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(SYSTEMS)}
    reading, writing = os.pipe()
    with (
        os.fdopen(reading) as output,
        forked(PROVIDER, ["127.0.0.1:1"], Path.cwd(), {**kept, **variables}, writing, 2) as process,
    ):
        os.close(writing)
        try:
            with grpc.insecure_channel(f"127.0.0.1:{int(output.readline())}") as channel:
                yield ProviderClient(channel)
        finally:
            os.kill(process.number, signal.SIGTERM)
            process.wait(20)
