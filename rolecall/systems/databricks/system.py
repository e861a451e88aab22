"""The system Databricks."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.access.effective import Access
from rolecall.access.observation import PLATFORM, Observation, Role
from rolecall.contract.contract import Contract
from rolecall.kinds.registry import BY_NAME
from rolecall.plugins import Lazy
from rolecall.systems.spec import packaged


def _observe(contract: Contract, given: Access, environments: tuple[str, ...], _: Mapping[str, str]) -> Observation:
    from rolecall.systems.databricks.observe import observe

    return observe(contract, given, environments)


DOES_NOT_READ = (
    "rights on jobs, pipelines, apps and clusters outside the contract that access none of its objects",
    "privileges of the contract's service principals on single tables outside its catalogs",
    "rights on dashboards, Genie spaces, queries and alerts that the contract does not name, one by one",
    "code in workspace files and notebooks",
    "online tables and feature stores, Lakebase projects, workspaces to which budget policies are bound",
    "governed tags that the contract's data does not have, and who may make new ones",
    "Delta Sharing tokens of recipients",
    "values of secrets",
    "settings of a workspace that the contract does not declare: who may have tokens, address lists",
    "rights on cluster policies, warehouses and pools that the contract does not name",
    "address lists of the account, and its other settings",
    "data at its storage location, and permissions that the cloud grants there",
)


def _given(_: Contract, access: Access) -> Access:
    return {target: held for target, held in access.items() if BY_NAME[target.kind].system == PLATFORM}


SPEC = packaged(
    "rolecall.systems.databricks",
    PLATFORM,
    _observe,
    title="Databricks",
    variables=("DATABRICKS_ACCOUNT_HOST", "DATABRICKS_ACCOUNT_ID", "DATABRICKS_CLIENT_ID", "DATABRICKS_HOST"),
    role=Role.PLATFORM,
    given=_given,
    does_not_read=DOES_NOT_READ,
    pace=Lazy("rolecall.systems.databricks.workspace", "PACE"),
    memberships=("rolecall:databricks:GroupMembers",),
)
