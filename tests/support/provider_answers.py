"""What the Databricks provider answers to an engine, for comparisons of two builds or modes of it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from typing import Any

import grpc
from google.protobuf import json_format, struct_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from rolecall.toolchain.install import Toolchain

SIGNATURE = "4dabf18193072939515e22adb298388d"
Resource = Mapping[str, Any]


class ServedProvider:
    """The provider in a process of its own; it runs while a `with` block lasts."""

    def __init__(self, toolchain: Toolchain, environment: Mapping[str, str]) -> None:
        plugin = toolchain.shared_provider()
        assert plugin is not None
        self._process = subprocess.Popen(
            [str(plugin), "--shared"], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> ServedProvider:
        assert self._process.stdout is not None
        self._port = int(self._process.stdout.readline())
        return self

    def connection(self, inputs: Mapping[str, Any]) -> provider_pb2_grpc.ResourceProviderStub:
        """Return a connection that is configured as a provider resource of a stack."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{inputs.get('host', '')}\n")
        self._process.stdin.flush()
        self._process.stdout.readline()
        # The provider tells engines apart by their connections, which gRPC would share.
        own = [("grpc.use_local_subchannel_pool", 1)]
        channel = grpc.insecure_channel(f"127.0.0.1:{self._port}", own)
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        stub.Configure(provider_pb2.ConfigureRequest(args=_struct(inputs), acceptSecrets=True, acceptResources=True))
        return stub

    def __exit__(self, *error: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def without_secrets(value: Any) -> Any:
    """Return a value of an export made with `--show-secrets` with the plain values in place of secrets."""
    if isinstance(value, Mapping):
        if SIGNATURE in value and "plaintext" in value:
            return json.loads(value["plaintext"])
        return {key: without_secrets(each) for key, each in value.items()}
    return [without_secrets(each) for each in value] if isinstance(value, list) else value


def requests_for(resource: Resource) -> Iterator[tuple[str, Message]]:
    """Yield calls about a deployed resource that change nothing: each method's name with its request."""
    urn, identity = resource["urn"], resource["id"]
    inputs, outputs = resource["inputs"], resource["outputs"]
    changed = {key: _changed(value) if not key.startswith("__") else value for key, value in inputs.items()}
    declared, olds = _struct(inputs), _struct(outputs)
    yield "Check", provider_pb2.CheckRequest(urn=urn, news=declared)
    yield "Check", provider_pb2.CheckRequest(urn=urn, olds=declared, news=_struct(changed))
    yield "Create", provider_pb2.CreateRequest(urn=urn, properties=declared, preview=True)
    yield "Create", provider_pb2.CreateRequest(urn=urn, properties=_struct(changed), preview=True)
    yield "Read", provider_pb2.ReadRequest(id=identity, urn=urn, properties=olds, inputs=declared)
    removed = [{name: value for name, value in inputs.items() if name != key} for key in inputs]
    for news in map(_struct, (inputs, changed, *removed)):
        yield "Diff", provider_pb2.DiffRequest(id=identity, urn=urn, olds=olds, news=news, old_inputs=declared)
        yield (
            "Update",
            provider_pb2.UpdateRequest(id=identity, urn=urn, olds=olds, news=news, old_inputs=declared, preview=True),
        )


def answer(stub: provider_pb2_grpc.ResourceProviderStub, method: str, request: Message) -> bytes | tuple[str, str]:
    """Return the bytes of an answer, or the code and text of an error.

    The order of failures and of changed properties is that of a map in Go, another one at each call: they are sorted.
    """
    try:
        found = getattr(stub, method)(request)
        for name in ("failures", "replaces", "stables", "diffs"):
            if hasattr(found, name):
                getattr(found, name).sort(key=repr)
        answered: bytes = found.SerializeToString(deterministic=True)
        return answered
    except grpc.RpcError as error:
        return str(error.code()), str(error.details())


def _changed(value: Any) -> Any:
    """Return another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, (int, float)):
        return value + 1
    if isinstance(value, Mapping):
        return {key: _changed(each) for key, each in value.items()}
    return [_changed(each) for each in value] if isinstance(value, list) else value


def _struct(values: Mapping[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(dict(values), struct_pb2.Struct())
