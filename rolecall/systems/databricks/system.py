"""The system Databricks."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.access.effective import Access
from rolecall.access.observation import PLATFORM, Observation, Role
from rolecall.contract.contract import Contract
from rolecall.systems.spec import packaged


def _observe(contract: Contract, given: Access, environments: tuple[str, ...], _: Mapping[str, str]) -> Observation:
    from rolecall.systems.databricks.observe import observe

    return observe(contract, given, environments)


DOES_NOT_READ = (
    "rights on folders, notebooks, files, Git folders, dashboards, Genie spaces, queries and alerts one by one",
    "code in workspace files and notebooks, and what SQL of views and functions reads",
    "vector search, Lakebase, online stores, clean rooms, agents, budget policies",
    "governed tags: who may make and assign them",
    "rights of recipients on shares, and Delta Sharing tokens",
    "values of secrets",
    "settings of a workspace that the contract does not declare: who may have tokens, address lists",
    "rights on cluster policies, warehouses and pools that the contract does not name",
    "the account's own rule set: who may create groups, principals, budget policies and governed tags",
    "address lists of the account, and its other settings",
    "data at its storage location, and rights that the cloud gives there",
)
SPEC = packaged(
    "rolecall.systems.databricks",
    PLATFORM,
    _observe,
    title="Databricks",
    role=Role.PLATFORM,
    does_not_read=DOES_NOT_READ,
    memberships=("rolecall:databricks:GroupMembers",),
)
