"""What is live in the emulated systems, for comparing it before, between and after a deployment."""

from __future__ import annotations

import json
from typing import Any

from rolecall.emulators.conductor.emulator import ConductorEmulator
from rolecall.emulators.databricks.emulator import DatabricksEmulator
from rolecall.emulators.entra.emulator import EntraEmulator
from rolecall.emulators.harness.emulator import HarnessEmulator
from rolecall.emulators.installation import Installation
from rolecall.emulators.okta.emulator import OktaEmulator


def live(running: Installation) -> dict[str, Any]:
    """Return the ids of everything in the systems, and who holds what on it: what no rename changes."""
    account = running.get(DatabricksEmulator).account
    found: dict[str, Any] = {
        "principals": {one.id: one.external_id for one in account.principals.values()},
        "rule sets": {name: one["grant_rules"] for name, one in account.rule_sets.items()},
        "securables": {
            kind: sorted(each)
            for store in account.metastores.values()
            for kind, each in store.securables.items()
            # Reading a kind that nobody has made leaves an empty one.
            if each
        },
        "privileges": {name: held for store in account.metastores.values() for name, held in store.privileges.items()},
    }
    for name, space in account.workspaces.items():
        found[name] = {
            "assignments": space.assignments,
            "permissions": space.permissions,
            "jobs": sorted(space.jobs),
            "scopes": {key: one["acls"] for key, one in space.secret_scopes.items()},
            **{kind: sorted(getattr(space, kind)) for kind in ("cluster_policies", "instance_pools", "warehouses")},
            "experiments": sorted(space.experiments),
        }
    if "okta" in running.systems:
        organization = running.get(OktaEmulator).organization
        found["okta"] = {
            "groups": sorted(organization.groups),
            "assigned": {key: sorted(one.groups) for key, one in organization.applications.items()},
        }
    if "entra" in running.systems:
        tenant = running.get(EntraEmulator).tenant
        found["entra"] = {
            "groups": sorted(tenant.groups),
            "members": {key: sorted(held) for key, held in tenant.members.items()},
            "applications": {key: one["appId"] for key, one in sorted(tenant.applications.items())},
            "federated": {key: sorted(held) for key, held in sorted(tenant.federated.items())},
            "assigned": {
                key: sorted([one["principalId"], one["appRoleId"]] for one in held.values())
                for key, held in tenant.assignments.items()
            },
        }
    if "conductor" in running.systems:
        cluster = running.get(ConductorEmulator).cluster
        found["conductor"] = {"permissions": cluster.permissions, "applications": sorted(cluster.applications)}
    if "harness" in running.systems:
        found["harness"] = {
            "assignments": sorted(
                [one["principal"]["identifier"], one["roleIdentifier"], one["resourceGroupIdentifier"]]
                for one in running.get(HarnessEmulator).project.assignments.values()
            )
        }
    copied: dict[str, Any] = json.loads(json.dumps(found))
    return copied
