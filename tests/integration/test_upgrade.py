"""The state and the systems that an earlier version left: a later one takes them as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rolecall.emulators.installation import Installation
from tests.support.recorded import replayed

pytestmark = pytest.mark.engine
# Operations of the engine that end one resource and, for a replacement, begin another.
LOSSES = {"delete", "replace", "delete-replaced", "create-replacement", "discard-replaced"}


def identities(running: Installation) -> dict[str, Any]:
    """Return the ids of everything in the systems, and who holds what on it."""
    account = running.databricks.account
    found: dict[str, Any] = {
        "principals": {one.id: one.external_id for one in account.principals.values()},
        "rule sets": {name: one["grant_rules"] for name, one in account.rule_sets.items()},
        "securables": {
            kind: sorted(each) for store in account.metastores.values() for kind, each in store.securables.items()
        },
        "privileges": {name: held for store in account.metastores.values() for name, held in store.privileges.items()},
    }
    for name, space in account.workspaces.items():
        found[name] = {
            "assignments": space.assignments,
            "permissions": space.permissions,
            "jobs": {key: one["settings"]["name"] for key, one in space.jobs.items()},
            "scopes": {key: one["acls"] for key, one in space.secret_scopes.items()},
            **{kind: sorted(getattr(space, kind)) for kind in ("cluster_policies", "instance_pools", "warehouses")},
            "experiments": sorted(space.experiments),
        }
    if running.okta:
        organization = running.okta.organization
        found["okta"] = {
            "groups": {key: one.profile["name"] for key, one in organization.groups.items()},
            "assigned": {key: sorted(one.groups) for key, one in organization.applications.items()},
        }
    if running.entra:
        tenant = running.entra.tenant
        found["entra"] = {
            "groups": {key: one["displayName"] for key, one in tenant.groups.items()},
            "members": {key: sorted(held) for key, held in tenant.members.items()},
        }
    if running.conductor:
        cluster = running.conductor.cluster
        found["conductor"] = {"permissions": cluster.permissions, "applications": sorted(cluster.applications)}
    if running.harness:
        found["harness"] = {
            "assignments": sorted(
                [one["principal"]["identifier"], one["roleIdentifier"], one["resourceGroupIdentifier"]]
                for one in running.harness.project.assignments.values()
            )
        }
    copied: dict[str, Any] = json.loads(json.dumps(found))
    return copied


@pytest.mark.parametrize("name", ["okta", "entra"])
def test_an_upgrade_replaces_and_deletes_nothing(tmp_path: Path, name: str) -> None:
    with replayed(name, tmp_path / "project") as (running, project):
        before = identities(running)
        previewed = project.rolecall("preview", "--format", "json")
        assert previewed.returncode == 0, previewed.stdout + previewed.stderr
        outcomes = json.loads(previewed.stdout)
        assert sum(one["changes"].get("same", 0) for one in outcomes.values()) > 10, "the state was read"
        for told in (outcomes, project.deployed("up")):
            changes = {stack: one["changes"] for stack, one in told.items()}
            assert not [stack for stack, one in changes.items() if one.keys() & {*LOSSES, "create"}], changes
        assert identities(running) == before
        told = json.loads(project.rolecall("parity", "--format", "json").stdout)
        assert told["equal"] is True, told["findings"]
        again = project.deployed("up", "--every-stack")
        assert {kind for one in again.values() for kind in one["changes"]} == {"same"}, again
        assert identities(running) == before
