"""Takes over what a killed run has made: the engine notes what it begins, and this finds out how that ended.

https://www.pulumi.com/docs/support/troubleshooting/common-issues/interrupted-updates/
"""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rolecall.deploy.plan import Step
from rolecall.deploy.session import Session
from rolecall.engine import journal
from rolecall.engine.stack_state import STACK, UNANSWERED, StackState
from rolecall.engine.state import States
from rolecall.engine.state_store import state_store
from rolecall.systems.databricks.adoption import HOW_TO_DELETE, Adoption
from rolecall.trace import span

CREATING = "creating"
# Types whose ids count in all workspaces of a metastore or an account.
WIDE_TYPES = frozenset(
    f"databricks:index/{one}"
    for one in (
        "catalog:Catalog",
        "entityTagAssignment:EntityTagAssignment",
        "group:Group",
        "registeredModel:RegisteredModel",
        "schema:Schema",
        "servicePrincipal:ServicePrincipal",
        "servicePrincipalFederationPolicy:ServicePrincipalFederationPolicy",
        "volume:Volume",
    )
)


def recover(session: Session, step: Step, variables: Mapping[str, str]) -> None:
    """Import what a killed run had begun to create and did create; forget what it did not.

    What it had begun to change or delete is compared again anyway, and needs nothing.

    Args:
        session: what the deployment starts from.
        step: the stack.
        variables: what makes an engine attach to the providers of this run.

    Raises:
        EngineFailed: the engine does not take what was found.
        SystemRefused: a system refuses the caller.
        SystemUnreachable: one does not answer.
    """
    assert step.state is not None
    with span("take over what a killed run has made", step.stack):
        store = state_store(session.engine, session.states)
        exported = store.read(step.stack)
        # A stack that an engine has only begun to create has none.
        exported["deployment"] = exported["deployment"] or {}
        noted = session.states.noted(step.stack)
        if noted is not None and _founded(exported["deployment"], noted.entries):
            store.write(step.stack, exported)
        found = list(_created(session, step.stack, exported["deployment"], step.state.pending))
        if found:
            _import_all(session, step.stack, found, variables)
            exported = store.read(step.stack)
            _tell_how_to_delete(exported["deployment"], [resource for resource, _ in found])
        # Only now: a run that is killed in between has to find all of it again.
        for one in exported["deployment"].get("resources") or []:
            if one["type"] == STACK:
                (one.get("outputs") or {}).pop(UNANSWERED, None)
        store.write(step.stack, exported)
        if (path := session.states.journal_file(step.stack)) is not None:
            path.unlink(missing_ok=True)


def _import_all(
    session: Session, stack: str, found: list[tuple[Mapping[str, Any], str]], variables: Mapping[str, str]
) -> None:
    plain = ["--yes", "--skip-preview", "--protect=false", "--generate-code=false", "--suppress-outputs"]
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "import.json"
        wanted.write_text(json.dumps(_import_file(found)), encoding="utf-8")
        session.engine.command(["import", "--stack", stack, "--file", str(wanted), *plain], variables)


def _founded(deployment: dict[str, Any], entries: Sequence[journal.Entry]) -> bool:
    """Add resources that a state without checkpoints lacks before an import; return whether it added any."""
    present = deployment.get("resources") or []
    added = journal.foundations(entries, {one["urn"] for one in present})
    deployment["resources"] = [*present, *added]
    return bool(added)


def _tell_how_to_delete(deployment: dict[str, Any], resources: Sequence[Mapping[str, Any]]) -> None:
    """Add to what was imported how it is to be deleted: it may have to go before it is declared once more."""
    declared = {one["urn"]: one.get("inputs") or {} for one in resources}
    for one in deployment["resources"]:
        inputs = declared.get(one["urn"], {})
        kept = {key: inputs[key] for key in HOW_TO_DELETE if key in inputs}
        for part in ("inputs", "outputs"):
            one[part] = {**(one.get(part) or {}), **kept}


def _created(
    session: Session, stack: str, deployment: Mapping[str, Any], pending: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, Any], str]]:
    """Yield what is there of what was begun to be created, each with its id."""
    contract = session.compiled.contract
    account = contract.databricks
    adoption = Adoption(account.host, account.account_id, account.deployer)
    resources = deployment.get("resources") or []
    own = {str(one["id"]) for one in resources if one.get("id")}
    elsewhere = held_elsewhere(readable_states(session.states, besides=stack))
    hosts = {f"{one['urn']}::{one['id']}": one.get("inputs") or {} for one in resources if one.get("id")}
    for operation in pending:
        resource = operation["resource"]
        if operation["type"] != CREATING or not resource.get("custom"):
            continue
        connection = hosts.get(resource.get("provider") or "", {})
        host = None if connection.get("accountId") else connection.get("host")
        known = own | elsewhere.get((resource["type"], place_of_ids(resource["type"], host or "")), set())
        identity = adoption.find(resource["type"], resource.get("inputs") or {}, host, known)
        if identity is not None:
            own.add(identity)
            yield resource, identity


def readable_states(states: States, besides: str = "") -> Iterator[StackState]:
    """Yield the states of all stacks besides one; a state that cannot be read stops its own stack only."""
    for other in states.stacks():
        if other != besides and (state := states.read_if_whole(other)) is not None:
            yield state


def held_elsewhere(states: Iterable[StackState]) -> dict[tuple[str, str], set[str]]:
    """Return the ids that states hold, by type and by the address of the workspace in which the ids count."""
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for state in states:
        for one in state.resources:
            if one.custom and one.id:
                found[one.type, place_of_ids(one.type, state.hosts.get(one.connection, ""))].add(one.id)
    return found


def place_of_ids(resource_type: str, host: str) -> str:
    """Return where a type's ids count: in a workspace, or in all of a metastore or an account."""
    return "" if resource_type in WIDE_TYPES else host


def _import_file(found: list[tuple[Mapping[str, Any], str]]) -> dict[str, Any]:
    """Return what `pulumi import` reads: https://www.pulumi.com/docs/iac/guides/migration/import/#bulk-import."""
    names: dict[str, str] = {}

    def named(urn: str) -> str:
        return names.setdefault(urn, f"name{len(names)}")

    resources = []
    for resource, identity in found:
        entry = {"type": resource["type"], "name": resource["urn"].rpartition("::")[2], "id": identity}
        if parent := resource.get("parent"):
            entry["parent"] = named(parent)
        if provider := resource.get("provider"):
            entry["provider"] = named(provider.rpartition("::")[0])
        resources.append(entry)
    return {"nameTable": {name: urn for urn, name in names.items()}, "resources": resources}
