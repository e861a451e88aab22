"""What a slice declares, without an engine."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from google.protobuf.json_format import MessageToDict
from pulumi.runtime import mocks, settings
from pulumi.runtime.stack import run_pulumi_func

from rolecall.compiled import CompiledContract
from rolecall.components.declare import declare_slice
from rolecall.contract.contract import Contract
from rolecall.contract.naming import service_principal_external_id
from rolecall.slices.part import part_of
from rolecall.slices.slice import slice_named
from rolecall.systems.databricks.lookups import Lookups, find

# What of a request tells of the program only, or differs with the SDK's version.
UNTOLD = ("sourcePosition", "stackTrace", "version", "pluginDownloadURL", "packageRef", "aliasSpecs")


class Recorder(mocks.Mocks):
    """Plays the engine: takes every resource and answers what the provider would compute."""

    def __init__(self) -> None:
        self.resources: dict[tuple[str, str], dict[str, Any]] = {}
        # Everything that the engine is told of each resource.
        self.requests: list[dict[str, Any]] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        key = (args.typ, args.name)
        assert key not in self.resources, f"{key} is declared twice"
        self.resources[key] = dict(args.inputs)
        return f"id-{args.name}", {
            **args.inputs,
            "applicationId": f"app-{args.name}",
            "policyId": f"policy-{args.name}",
        }

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return {"id": "1", "externalId": f"00g-{args.args['displayName']}"}, []

    def of(self, token: str) -> dict[str, dict[str, Any]]:
        return {name: inputs for (kind, name), inputs in self.resources.items() if kind == token}


class Numbering(Recorder):
    """Gives ids that are numbers, as Databricks gives most objects."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        _, outputs = super().new_resource(args)
        outputs["workspaceUrl"] = f"https://{args.name}.cloud.databricks.com"
        return str(int(hashlib.sha256(f"{args.typ} {args.name}".encode()).hexdigest()[:8], 16)), outputs

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return {**args.args, "id": "1", "externalId": "1", "members": []}, []


class Requests(mocks.MockMonitor):
    """Notes the requests themselves: options of resources are in them, which mocks are not told."""

    def __init__(self, recorder: Recorder) -> None:
        super().__init__(recorder)
        self._recorder = recorder

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - a name of the protocol
        told = MessageToDict(request)
        self._recorder.requests.append({name: value for name, value in told.items() if name not in UNTOLD})
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]  # no types


def everything_found(contract: Contract) -> Lookups:
    """Return what an account knows that has all that a contract speaks of."""
    groups = [
        {"id": f"id-{name}", "externalId": group.external, "displayName": name}
        for name, group in contract.groups.items()
        if group.external
    ]
    return replace(find(contract, groups), workspaces={name: f"id-{name}" for name in contract.workspaces})


def everything_deployed(contract: Contract) -> Lookups:
    """Return what an account knows in which the contract's workspaces and service principals are there as well."""
    hosts = {name: f"https://{name}.cloud.databricks.com" for name in contract.workspaces}
    ids = {
        service_principal_external_id(contract, project, key, environment): str(uuid5(NAMESPACE_OID, f"{project}{key}"))
        for project, one in contract.projects.items()
        for key in one.service_principals
        for environment in contract.environments
    }
    return replace(everything_found(contract), hosts=hosts, application_ids=ids)


def declared(
    contract: CompiledContract, stack: str, found: Lookups | None = None, recorder: Recorder | None = None
) -> Recorder:
    recorder = recorder or Recorder()
    one = slice_named(contract.contract, stack)
    part = part_of(contract, one, found if found is not None else everything_found(contract.contract))
    loop = asyncio.new_event_loop()
    try:
        asyncio.set_event_loop(loop)
        mocks.set_mocks(recorder, project="rolecall", stack=stack, monitor=Requests(recorder))
        loop.run_until_complete(run_pulumi_func(lambda: declare_slice(part)))
    finally:
        loop.close()
        settings.reset_options()
    return recorder
