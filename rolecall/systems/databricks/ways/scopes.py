"""Secret scopes that the contract does not name: the contract's principals in them, and the contract's key vaults.

A scope over an Azure Key Vault reads every secret of the vault, with an access list of its own:
https://docs.databricks.com/en/security/secrets/secret-scopes.html#azure-key-vault-backed-scopes
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from rolecall.access.graph.live_step import LiveStep, weakest
from rolecall.access.graph.nodes import Origin, OriginType
from rolecall.access.observation import Unmanaged
from rolecall.contract.contract import Contract
from rolecall.contract.naming import object_name
from rolecall.contract.objects import objects_of
from rolecall.errors import ObjectMissing
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.secret_scope import SecretScope
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.ways.identities import Identities
from rolecall.systems.requests import Json

READ = "secret scopes that the contract does not name: its principals in them, and those over its key vaults"


def other_scopes(
    contract: Contract, reader: Reader, workspace: str, known: Identities, pool: ThreadPoolExecutor
) -> Iterator[Unmanaged]:
    """Report the secret scopes of a workspace that the contract does not name.

    Args:
        contract: the contract.
        reader: reads from the workspace.
        workspace: its name.
        known: the contract's identities.
        pool: runs the reads; the caller is none of its threads.
    """
    vaults, named = _vaults(contract), _named(contract, workspace)
    scopes = {
        name: scope
        for scope in reader.every("/api/2.0/secrets/scopes/list", "scopes")
        if (name := str(scope.get("name"))) not in named
    }
    for (name, scope), holders in zip(scopes.items(), pool.map(partial(_holders, reader, known), scopes), strict=True):
        if holders is None:
            continue
        thing = f"secret scope {name} in workspace {workspace}"
        own = vaults.get(str((scope.get("keyvault_metadata") or {}).get("resource_id")).casefold(), [])
        # Groups are shared with other users of the account: undeclared scopes are read for principals only.
        ways = [
            f"gives {known.principals[who]} {level}"
            for who, level in sorted(holders.items())
            if who in known.principals and who != known.deployer
        ]
        steps: tuple[LiveStep, ...] = ()
        if own:
            used = ", ".join(f"{known.shown(who)} ({level})" for who, level in sorted(holders.items()))
            ways.append(f"reads the key vault of {', '.join(map(str, own))}" + (f"; used by {used}" if used else ""))
            origin = Origin(OriginType.UNMANAGED, thing)
            steps = (
                *(LiveStep(origin, weakest(one, Verb.VIEW), "reads its key vault, so may") for one in own),
                *(LiveStep(known.actor(who), origin, f"has {level} on") for who, level in sorted(holders.items())),
            )
        revoke = next((f"delete-acl {name} {who}" for who in sorted(holders) if who in known.principals), "")
        how = f"a manager of it: `databricks secrets {f'delete-scope {name}' if own else revoke}`"
        yield Unmanaged(thing, "; ".join(ways), how if ways else "", steps)


def _vaults(contract: Contract) -> Mapping[str, list[ObjectId]]:
    """Return the contract's scopes by the lower-case resource id of their key vault."""
    found: dict[str, list[ObjectId]] = {}
    for environment in contract.environments:
        for one in objects_of(contract, environment, Kind.SECRET_SCOPE):
            assert isinstance(one.value, SecretScope)
            if one.value.key_vault is not None:
                found.setdefault(one.value.key_vault.resource_id.casefold(), []).append(one.id_in(environment))
    return found


def _named(contract: Contract, workspace: str) -> frozenset[str]:
    """Return the names of the contract's scopes in a workspace, for all its environments."""
    return frozenset(
        object_name(contract, Kind.SECRET_SCOPE, one.project, one.key, environment)
        for environment, settings in contract.environments.items()
        if settings.workspace == workspace
        for one in objects_of(contract, environment, Kind.SECRET_SCOPE)
    )


def _holders(reader: Reader, known: Identities, name: str) -> Mapping[str, str] | None:
    """Return the level of each principal on a scope but administrators; None where it was deleted since it was listed.

    Errors are those of `Reader.secret_acl`.
    """
    try:
        items: list[Json] = reader.secret_acl(name).get("items") or []
    except ObjectMissing:
        return None
    held = {str(one.get("principal")): str(one.get("permission")) for one in items}
    return {who: level for who, level in held.items() if not known.is_administrator(who)}
