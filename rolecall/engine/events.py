"""The engine's own events, as it writes them to a log: https://www.pulumi.com/docs/iac/automation-api/"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from rolecall.engine.changes import Change, change_of
from rolecall.engine.departures import Departure, departure_of
from rolecall.engine.planned import PlannedChange, planned_change
from rolecall.errors import ExitCode
from rolecall.secrecy import without_secrets

STACK = "pulumi:pulumi:Stack"
PROVIDER = "pulumi:providers:"
_COLOUR = re.compile(r"<\{%[^%]*%\}>|\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Violation:
    """A policy's violation."""

    policy: str
    pack: str
    resource: str
    message: str
    mandatory: bool


class Status(StrEnum):
    """What became of a stack in a run."""

    UNCHANGED = "unchanged"
    CHANGED = "changed"
    PREVIEWED = "previewed"
    FAILED = "failed"
    BLOCKED = "blocked"
    INTERRUPTED = "interrupted"
    NOT_RUN = "not run"


# Operations that leave a resource as it is, and the logical one that stands for two others.
_NO_CHANGE = frozenset({"same", "read", "read-replacement", "refresh", "discard", "discard-replaced", "replace"})


@dataclass(frozen=True, order=True)
class ResourceStep:
    """One resource, and the operation on it.

    Attributes:
        operation: the engine's word: create, update, delete, create-replacement, delete-replaced, import …
        type: type token of the resource.
        name: the resource's name.
    """

    operation: str
    type: str
    name: str

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"{self.operation} {self.type.rpartition(':')[2]} {self.name}"


def no_list(resource_type: str) -> bool:
    """Return that no type is that of an access list."""
    del resource_type
    return False


@dataclass
class Outcome:
    """What a run of the engine came to.

    Attributes:
        changes: how many resources got each operation: create, update, delete, same …; of a preview, would get.
        violations: what policies said.
        errors: the engine's and the providers' error messages, by resource.
        warnings: their warnings.
        seconds: how long it took.
        done: how many resources are done; grows while the run goes on.
        ran: whether the engine ran at all; a stack that is as it should be needs no run.
        updates: the engine's own words on each resource that it updates or replaces.
        preview: nothing was to be changed.
        interrupted: it was ended by a signal.
        not_run: why a stack that needs a run had none; empty where it had one, or needs none.
        begun: the changes that it began; of a preview, those that it would make.
        finished: the changes that took effect.
        undone: after a failure, the changes that are still to be made, as far as they are known.
        planned: how many resources a preview said would get each operation, where nothing came of it.
        departures: what the run deletes or replaces.
        deleted: names in the engine of everything that it deletes, components and connections included.
        watched: type tokens of the resources of which each change is kept.
        watched_changes: the changes of these.
        is_list: returns whether a type token is that of an access list.
        resource_changes: what it does, or would do, to each resource.
    """

    changes: dict[str, int] = field(default_factory=dict)
    violations: list[Violation] = field(default_factory=list)
    errors: list[tuple[str, str]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    seconds: float = 0.0
    done: int = 0
    exit_code: int = 0
    ran: bool = True
    updates: list[Mapping[str, Any]] = field(default_factory=list)
    preview: bool = False
    interrupted: bool = False
    not_run: str = ""
    begun: list[ResourceStep] = field(default_factory=list)
    finished: list[ResourceStep] = field(default_factory=list)
    undone: list[ResourceStep] = field(default_factory=list)
    planned: dict[str, int] = field(default_factory=dict)
    departures: list[Departure] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    watched: Collection[str] = ()
    watched_changes: list[Change] = field(default_factory=list)
    is_list: Callable[[str], bool] = no_list
    resource_changes: list[PlannedChange] = field(default_factory=list)

    @property
    def status(self) -> Status:
        """What became of the stack."""
        if self.not_run:
            return Status.NOT_RUN
        if self.interrupted:
            return Status.INTERRUPTED
        if self.exit_code:
            return Status.BLOCKED if any(one.mandatory for one in self.violations) else Status.FAILED
        if self.preview:
            return Status.PREVIEWED
        return Status.CHANGED if self.changed else Status.UNCHANGED

    @property
    def fine(self) -> bool:
        """Return whether the stack is as it should be now, or was previewed without an error."""
        return not (self.exit_code or self.not_run or self.interrupted)

    @property
    def changed(self) -> int:
        """How many resources changed, or would."""
        return sum(count for operation, count in self.changes.items() if operation not in ("same", "read"))

    @property
    def made(self) -> list[PlannedChange]:
        """The changes to resources that took effect; of a preview, those that it would make."""
        if self.preview:
            return self.resource_changes
        finished = {(one.type, one.name) for one in self.finished}
        return [one for one in self.resource_changes if (one.type, one.name) in finished]

    @property
    def unanswered(self) -> list[ResourceStep]:
        """Creates that began and did not succeed: the service may have made the object, and its answer was lost."""
        finished = set(self.finished)
        return [one for one in self.begun if one.operation == "create" and one not in finished]

    def sentence(self) -> str:
        """Return the changes in a few words."""
        words = {"create": "create", "update": "update", "delete": "delete", "replace": "replace", "same": "unchanged"}
        shown = [f"{self.changes[key]} {word}" for key, word in words.items() if self.changes.get(key)]
        return ", ".join(shown) or "nothing there"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "status": str(self.status),
            "not_run": self.not_run or None,
            "changes": self.changes,
            "planned": self.planned,
            "done": [] if self.preview else [vars(one) for one in self.finished],
            "undone": [vars(one) for one in (self.begun if self.preview else self.undone)],
            "resources": [one.to_json() for one in self.made],
            "violations": [vars(one) for one in self.violations],
            "errors": [{"resource": resource, "message": message} for resource, message in self.errors],
            "warnings": self.warnings,
            "ran": self.ran,
            "seconds": round(self.seconds, 3),
            "exit_code": ExitCode.FINDINGS if self.status is Status.BLOCKED else self.exit_code,
        }


def take_events(lines: Iterable[str], outcome: Outcome) -> None:
    """Add what lines of the engine's event log say to an outcome."""
    for line in lines:
        event = json.loads(line)
        if payload := event.get("resourcePreEvent"):
            outcome.updates += [payload] if (payload.get("metadata") or {}).get("op") in ("update", "replace") else []
            departure = departure_of(payload)
            outcome.departures += [departure] if departure else []
            watched = change_of(payload, outcome.watched)
            outcome.watched_changes += [watched] if watched else []
            planned = planned_change(payload, outcome.is_list)
            outcome.resource_changes += [planned] if planned else []
            step = payload.get("metadata") or {}
            outcome.deleted += [str(step["urn"])] if step.get("op") == "delete" else []
            _add_step(payload, outcome.begun)
        elif payload := event.get("resOutputsEvent"):
            outcome.done += 1
            _add_step(payload, outcome.finished)
        elif payload := event.get("summaryEvent"):
            outcome.changes = dict(payload.get("resourceChanges") or {})
        elif payload := event.get("policyEvent"):
            violation = Violation(
                policy=payload["policyName"],
                pack=payload.get("policyPackName", ""),
                resource=_name(payload.get("resourceUrn", "")),
                message=_plain(payload["message"]),
                mandatory=payload["enforcementLevel"] == "mandatory",
            )
            if violation not in outcome.violations:
                outcome.violations.append(violation)
        elif payload := event.get("policyRemediationEvent"):
            outcome.warnings.append(_remediated(payload))
        elif payload := event.get("diagnosticEvent"):
            _take_diagnostic(payload, outcome)


def _add_step(payload: Mapping[str, Any], steps: list[ResourceStep]) -> None:
    """Add an event if it changes a resource: apitype.StepEventMetadata (pulumi/sdk)."""
    step = payload.get("metadata") or {}
    urn, operation = str(step.get("urn", "")), str(step.get("op", ""))
    if not urn or not operation or operation in _NO_CHANGE:
        return
    found = ResourceStep(operation, str(step.get("type", "")), urn.rpartition("::")[2])
    if found.type != STACK and not found.type.startswith(PROVIDER) and found not in steps:
        steps.append(found)


def _remediated(payload: dict[str, Any]) -> str:
    """Say what a policy has changed: https://www.pulumi.com/docs/insights/policy/policy-packs/authoring/#remediation."""
    before, after = payload.get("before") or {}, payload.get("after") or {}
    changes = [f"{name} from {before.get(name)} to {after[name]}" for name in after if after[name] != before.get(name)]
    return f"{payload['policyName']} has set, on {_name(payload.get('resourceUrn', ''))}: {', '.join(changes)}"


def _take_diagnostic(payload: dict[str, Any], outcome: Outcome) -> None:
    message = _plain(payload.get("message", ""))
    if payload.get("severity") == "warning":
        outcome.warnings.append(message)
    elif payload.get("severity") == "error" and message and not _is_repetition(message):
        entry = (_name(payload.get("urn", "")), message)
        if entry not in outcome.errors:
            outcome.errors.append(entry)


def _is_repetition(message: str) -> bool:
    """Return whether a message only repeats another: the bridge logs each error before it returns it."""
    return message.startswith("sdk-v2/") or message in ("update failed", "preview failed")


def _plain(message: str) -> str:
    return without_secrets(_COLOUR.sub("", message).strip())


def _name(urn: str) -> str:
    """Return a resource's name, or nothing for the stack itself."""
    kind, _, name = urn.rpartition("::")
    return "" if kind.endswith("pulumi:pulumi:Stack") else name
