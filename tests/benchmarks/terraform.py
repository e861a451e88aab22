"""The same resources as Terraform declares them: the peer that the benchmark compares with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rolecall.kinds.cluster_policy import ClusterPolicy, policy_definition

Json = dict[str, Any]

RULES = "accounts/{account}/servicePrincipals/${{databricks_service_principal.{name}.application_id}}/ruleSets/default"
LEVELS = {"engineer": "CAN_MANAGE", "viewer": "CAN_VIEW"}
TAGS = {"environment": "dev", "managed-by": "rolecall", "owner": "engineers"}


def configuration(contract: Mapping[str, Any], variables: Mapping[str, str]) -> str:
    """Return a configuration that declares what a contract of `contracts.generate` does.

    Args:
        contract: the contract.
        variables: where the systems are, as the contract names them.
    """
    account_id, deployer = variables["DATABRICKS_ACCOUNT_ID"], variables["DATABRICKS_CLIENT_ID"]
    resources: dict[str, dict[str, Json]] = {}

    def add(kind: str, name: str, /, **properties: Any) -> None:
        resources.setdefault(f"databricks_{kind}", {})[name] = {"provider": "databricks.workspace", **properties}

    add("group", "emergency", display_name="emergency", provider="databricks.account")
    for group in ("engineers", "analysts", "emergency"):
        found = "databricks_group.emergency.id" if group == "emergency" else f"data.databricks_group.{group}.id"
        add("permission_assignment", group, principal_id=f"${{{found}}}", permissions=["USER"])
    for project, declared in contract["projects"].items():
        for key in declared["service_principals"]:
            _service_principal(add, f"{project}-{key}", account_id, deployer)
        roles = {one["to"]: one["role"] for one in declared["bindings"]}
        _cluster_policy(add, project, roles)
        for key, job in declared["jobs"].items():
            _job(add, project, key, job, roles)
    data = {
        "databricks_group": {
            group: {"display_name": group, "provider": "databricks.account"} for group in ("engineers", "analysts")
        }
    }
    providers = [
        {"alias": "account", "host": variables["DATABRICKS_ACCOUNT_HOST"], "account_id": account_id},
        {"alias": "workspace", "host": variables["ML_NONPROD_HOST"]},
    ]
    source = {"required_providers": {"databricks": {"source": "databricks/databricks"}}}
    program = {"terraform": source, "provider": {"databricks": providers}, "data": data, "resource": resources}
    return json.dumps(program, indent=1)


def _service_principal(add: Any, name: str, account_id: str, deployer: str) -> None:
    add(
        "service_principal",
        name,
        display_name=f"dev-{name}",
        external_id=f"rolecall:acme:dev:{name}",
        disable_as_user_deletion=False,
        provider="databricks.account",
    )
    add(
        "permission_assignment",
        name,
        principal_id=f"${{databricks_service_principal.{name}.id}}",
        permissions=["USER"],
    )
    roles = {
        "roles/servicePrincipal.manager": [f"servicePrincipals/{deployer}", "groups/emergency"],
        "roles/servicePrincipal.user": [f"servicePrincipals/{deployer}", "groups/emergency"],
    }
    rules = [{"role": role, "principals": principals} for role, principals in roles.items()]
    add(
        "access_control_rule_set",
        name,
        name=RULES.format(account=account_id, name=name),
        grant_rules=rules,
        provider="databricks.account",
        depends_on=[f"databricks_permission_assignment.{name}"],
    )


def _cluster_policy(add: Any, project: str, roles: Mapping[str, str]) -> None:
    policy = ClusterPolicy(max_workers=8, idle_minutes=30)
    definition = policy_definition(policy, {**TAGS, "project": project})
    add("cluster_policy", f"{project}-standard", name=f"[dev] {project}-standard", definition=definition)
    holders = [
        {"group_name": "emergency", "permission_level": "CAN_USE"},
        *({"group_name": group, "permission_level": "CAN_USE"} for group, role in roles.items() if role == "engineer"),
        {
            "service_principal_name": f"${{databricks_service_principal.{project}-trainer.application_id}}",
            "permission_level": "CAN_USE",
        },
    ]
    add(
        "permissions",
        f"{project}-standard",
        cluster_policy_id=f"${{databricks_cluster_policy.{project}-standard.id}}",
        access_control=holders,
        # The workspace knows the principal only then.
        depends_on=[f"databricks_permission_assignment.{project}-trainer"],
    )


def _job(add: Any, project: str, key: str, job: Mapping[str, Any], roles: Mapping[str, str]) -> None:
    name = f"{project}-{key}"
    clusters = [
        {
            "job_cluster_key": one["job_cluster_key"],
            "new_cluster": {
                "policy_id": f"${{databricks_cluster_policy.{project}-standard.id}}",
                "custom_tags": {**TAGS, "project": project},
                **one["new_cluster"],
            },
        }
        for one in job["job_clusters"]
    ]
    trainer = f"databricks_service_principal.{project}-trainer.application_id"
    add(
        "job",
        name,
        name=f"[dev] {name}",
        tags={**TAGS, "project": project, "job": key},
        schedule=job["schedule"],
        job_cluster=clusters,
        task=job["tasks"],
        run_as={"service_principal_name": f"${{{trainer}}}"},
        depends_on=[f"databricks_access_control_rule_set.{project}-trainer"],
    )
    holders = [
        {"group_name": "emergency", "permission_level": "CAN_MANAGE"},
        *({"group_name": group, "permission_level": LEVELS[role]} for group, role in roles.items()),
    ]
    add("permissions", name, job_id=f"${{databricks_job.{name}.id}}", access_control=holders)


def write(folder: Path, contract: Mapping[str, Any], variables: Mapping[str, str], provider: Path) -> dict[str, str]:
    """Write a configuration into a folder; return the variables that Terraform needs.

    Args:
        folder: where to.
        contract: the contract.
        variables: where the systems are.
        provider: the folder that holds the built provider.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "main.tf.json").write_text(configuration(contract, variables))
    overrides = (
        f'provider_installation {{\n  dev_overrides {{ "databricks/databricks" = "{provider}" }}\n  direct {{}}\n}}\n'
    )
    (folder / "terraform.rc").write_text(overrides)
    kept = ("DATABRICKS_CLIENT_ID", "DATABRICKS_CLIENT_SECRET", "DATABRICKS_RATE_LIMIT")
    return {
        **{key: variables[key] for key in kept if key in variables},
        "TF_CLI_CONFIG_FILE": str(folder / "terraform.rc"),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }
