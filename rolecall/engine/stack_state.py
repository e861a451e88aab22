"""The state of a stack as values: its resources, and what the last successful run declared."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolecall.engine.new_stack import SECRETS_PROVIDER

STACK = "pulumi:pulumi:Stack"
PROVIDER = "pulumi:providers:"
# Name of the stack's output that keeps creates whose objects may be there, where no journal can.
UNANSWERED = "unanswered"
# Names of the stack's outputs that say whose it is.
ORGANIZATION, SLICE, PROTECTED = "organization", "slice", "protected"
# Name of the output with the former names of its objects.
FORMERLY = "formerly"
# Name of the one with the break-glass group; the account's stack has it.
BREAK_GLASS = "break_glass"


@dataclass(frozen=True)
class Resource:
    """A resource as the state has it.

    Attributes:
        urn: its name in the engine.
        type: its type token.
        id: its id; empty for a component.
        inputs: what was declared.
        outputs: what the provider returned.
        connection: the name of the connection through which it was made.
        custom: whether it stands for something outside; a component does not.
        external: whether it was only read, so that the stack does not own it.
    """

    urn: str
    type: str
    id: str
    inputs: Mapping[str, Any]
    outputs: Mapping[str, Any]
    connection: str = ""
    custom: bool = False
    external: bool = False

    @property
    def name(self) -> str:
        """Its name among the stack's resources."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True)
class RecordedGroup:
    """A group that a run has put on lists of a stack, as it was then.

    Attributes:
        key: its key in the contract.
        external: its id in the identity provider; empty for a group that Rolecall makes.
        name: its name in the account.
        id: its id in the account; empty where that was not known.
        orchestrators: its name in orchestrators; empty where that was its key.
    """

    key: str
    external: str
    name: str
    id: str = ""
    orchestrators: str = ""


@dataclass(frozen=True)
class StackState:
    """The state of a stack.

    Attributes:
        declaration: digest of what was declared when a run last ended well; empty where none has.
        declared: how many resources that were.
        resources: the resources that are there, connections and the stack itself excepted.
        objects: digest of what was declared then, but for who holds what.
        connections: how many connections to systems it holds.
        organization: whose contract it was; empty where no run said so.
        pending: what a run had begun when it was killed, as the engine notes it.
        protected: whether its environment was protected then; None for the account's stack, or where no run said so.
        slice: its environment and project then, each empty where it had none; None where no run said so.
        settings: the configuration of each connection, by its name.
        salt: the salt of the passphrase that its secrets are encrypted with; empty where it has none.
        groups: the groups that its lists named then.
        break_glass: the break-glass group then; None in other stacks than the account's, or if no run recorded it.
        formerly: under which names its environment, its project and its objects stood before.
    """

    declaration: str
    declared: int
    resources: tuple[Resource, ...]
    pending: tuple[Mapping[str, Any], ...]
    organization: str = ""
    objects: str = ""
    connections: int = 0
    protected: bool | None = None
    slice: tuple[str, str] | None = None
    salt: str = ""
    groups: tuple[RecordedGroup, ...] = ()
    break_glass: RecordedGroup | None = None
    formerly: Mapping[str, Any] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def hosts(self) -> Mapping[str, str]:
        """Addresses of the connected systems, by connection."""
        return {name: str(host) for name, inputs in self.settings.items() if (host := inputs.get("host"))}

    @property
    def urns(self) -> Iterator[str]:
        """The names that its resources have in the engine, unfinished ones included."""
        yield from (one.urn for one in self.resources)
        yield from (str(one["resource"]["urn"]) for one in self.pending)

    @property
    def anything(self) -> bool:
        """Return whether a run has left anything in it."""
        return bool(self.resources or self.pending or self.connections)

    @property
    def digest(self) -> str:
        """SHA-256 of everything in it; equal digests mean that no run has changed anything between."""
        resources = [[one.urn, one.type, one.id, one.inputs, one.outputs] for one in self.resources]
        facts = [self.declaration, resources, [*self.pending]]
        return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()

    def holds(self, declaration: str) -> bool:
        """Return whether it has a declaration and nothing else: then a run without refresh would change nothing."""
        whole = len(self.resources) == self.declared and not self.pending
        return bool(declaration) and self.declaration == declaration and whole


def parse(checkpoint: Mapping[str, Any]) -> StackState:
    """Return the contents of a checkpoint or an exported deployment.

    Raises:
        KeyError: it is not one.
    """
    # An engine that was killed while it created a stack has left its name and nothing else.
    created = "stack" in checkpoint and "latest" not in checkpoint
    latest = checkpoint["latest"] if "latest" in checkpoint else None if created else checkpoint["deployment"]
    resources = (latest or {}).get("resources") or []
    outputs: Mapping[str, Any] = next((one.get("outputs") or {} for one in resources if one["type"] == STACK), {})
    found = tuple(
        Resource(
            one["urn"],
            one["type"],
            str(one.get("id") or ""),
            one.get("inputs") or {},
            one.get("outputs") or {},
            # urn:…::NAME::ID, of the connection's own resource.
            (one.get("provider") or "").rpartition("::")[0].rpartition("::")[2],
            bool(one.get("custom")),
            bool(one.get("external")),
        )
        for one in resources
        if one["type"] != STACK and not one["type"].startswith(PROVIDER)
    )
    known = {one["urn"] for one in resources}
    unanswered = [
        {"type": "creating", "resource": one} for one in outputs.get(UNANSWERED) or [] if one["urn"] not in known
    ]
    pending = (*((latest or {}).get("pending_operations") or ()), *unanswered)
    declared = str(outputs.get("declaration") or ""), int(outputs.get("resources") or 0)
    connections = sum(one["type"].startswith(PROVIDER) for one in resources)
    return StackState(
        *declared,
        resources=found,
        pending=pending,
        organization=str(outputs.get(ORGANIZATION) or ""),
        formerly=outputs[FORMERLY] if isinstance(outputs.get(FORMERLY), dict) else {},
        break_glass=_break_glass(outputs),
        objects=str(outputs.get("objects") or ""),
        connections=connections,
        protected=outputs[PROTECTED] if isinstance(outputs.get(PROTECTED), bool) else None,
        slice=_slice(outputs),
        salt=_salt_in((latest or {}).get("secrets_providers")),
        groups=_groups(outputs),
        settings={
            one["urn"].rpartition("::")[2]: one.get("inputs") or {}
            for one in resources
            if one["type"].startswith(PROVIDER)
        },
    )


def _break_glass(outputs: Mapping[str, Any]) -> RecordedGroup | None:
    recorded = outputs.get(BREAK_GLASS)
    if not isinstance(recorded, Mapping) or not recorded.get("key"):
        return None
    return RecordedGroup(str(recorded["key"]), str(recorded.get("external") or ""), str(recorded["key"]))


def _groups(outputs: Mapping[str, Any]) -> tuple[RecordedGroup, ...]:
    recorded = outputs.get("groups")
    if not isinstance(recorded, Mapping):
        return ()
    return tuple(
        RecordedGroup(
            str(key),
            str(one.get("external") or ""),
            str(one.get("name") or key),
            str(one.get("id") or ""),
            str(one.get("orchestrators") or ""),
        )
        for key, one in recorded.items()
        if isinstance(one, Mapping)
    )


def _salt_in(secrets_provider: object) -> str:
    if not isinstance(secrets_provider, Mapping) or secrets_provider.get("type") != SECRETS_PROVIDER:
        return ""
    declared = secrets_provider.get("state")
    return str(declared.get("salt") or "") if isinstance(declared, Mapping) else ""


def _slice(outputs: Mapping[str, Any]) -> tuple[str, str] | None:
    found = outputs.get(SLICE)
    if not isinstance(found, Mapping):
        return None
    return str(found.get("environment") or ""), str(found.get("project") or "")
