"""Serves the programs of many slices to as many engines, from one process that has compiled the contract once.

The engine accepts the address of a server that runs its program instead of starting a language host, a Python and the
program again for each stack: https://www.pulumi.com/docs/iac/automation-api/concepts-terminology/ (inline programs).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

import pulumi

# The SDK's own server for inline programs; a test runs two at once through it, so that a change there is noticed.
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc

from rolecall.components.declare import declare
from rolecall.deploy.serving.registrations import record_registrations
from rolecall.engine.journal import PROVIDER, Journal
from rolecall.sdk_patches import disable_sdk_debugging
from rolecall.slices.part import Part
from rolecall.toolchain.language_host.local_server import local_server

# The SDK's own limit (sdk/python/lib/pulumi/runtime/_grpc_settings.py).
MAX_MESSAGE_BYTES = 1024 * 1024 * 400


class Programs:
    """Serves programs while a `with` block lasts.

    Args:
        parts: what each stack declares, by the stack's name; it may grow while engines run.
        at_once: how many engines may ask at the same time.
        journals: where it is noted what is made in a stack, for those whose state is written only at the end.
    """

    def __init__(self, parts: Mapping[str, Part], at_once: int, journals: Mapping[str, Journal]) -> None:
        self._parts, self._journals = parts, journals
        # What each stack's program has declared, as types and names, also what the engine never came to.
        self.declared: dict[str, list[tuple[str, str]]] = {}
        options = [("grpc.max_receive_message_length", MAX_MESSAGE_BYTES)]
        # Each engine keeps one call open for as long as its program runs, and asks a few things beside.
        self._server, port = local_server(ThreadPoolExecutor(4 * at_once), options)
        language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(self._program), self._server)
        self.address = f"127.0.0.1:{port}"

    def __enter__(self) -> Self:
        """Begin to serve."""
        disable_sdk_debugging(os.environ)
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; programs that still run are cancelled."""
        self._server.stop(None).wait()

    def _program(self) -> None:
        # A stack that the contract has no slice for any more declares nothing: what it holds goes.
        stack = pulumi.get_stack()
        part, journal = self._parts.get(stack), self._journals.get(stack)
        declared = self.declared[stack] = []

        def record(transformation: pulumi.ResourceTransformationArgs) -> None:
            if not transformation.type_.startswith(PROVIDER):
                declared.append((transformation.type_, transformation.name))

        pulumi.runtime.register_stack_transformation(record)
        if journal is not None:
            record_registrations(journal)
        if part is not None:
            declare(part)
