"""The account as workspace administrators see it: only principals assigned to their workspaces."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, NoReturn

from rolecall.contract.contract import Contract
from rolecall.contract.given import given_external_ids
from rolecall.errors import NeedsAccount, SystemRefused
from rolecall.kinds.access import RULE_SET_NAME
from rolecall.once import Once
from rolecall.systems.databricks.client import REQUESTS_PER_SECOND, Reader, account_reader, workspace_reader
from rolecall.systems.requests import Json

# https://docs.databricks.com/dev-tools/api/latest/scim/scim-groups.html: administrators of a workspace read all
# attributes of groups, everybody else name and id. `meta.resourceType` is `Group` for a group of the account that is
# assigned to the workspace, and `WorkspaceGroup` for one that exists in it alone (databrickslabs/ucx).
ATTRIBUTES: Mapping[str, str] = {
    "Groups": "id,displayName,members,meta",
    "Users": "id,userName,externalId,active",
    "ServicePrincipals": "id,applicationId,displayName,active",
}
LOCAL = "WorkspaceGroup"
# https://databricks-sdk-py.readthedocs.io/en/latest/workspace/iam/access_control_proxy.html: rule sets of the account
# through a workspace, for managers of their objects.
RULE_SETS = "/api/2.0/preview/accounts/access-control/rule-sets"
_OF_PRINCIPAL = re.compile(RULE_SET_NAME.format("[^/]+", "servicePrincipals", "([^/]+)"))
MANAGER = "roles/servicePrincipal.manager"


class GivenAccount(Reader):
    """Reads the account through its workspaces, in the form in which the account itself answers.

    Groups are joined by their ids in the account and service principals by application ids: each row has as
    `externalId` the contract's join key, regardless of the live external id.

    Args:
        contract: the contract; its deployer administers no account.
        requests_per_second: how many requests one workspace gets at most.
    """

    def __init__(self, contract: Contract, requests_per_second: int = REQUESTS_PER_SECOND) -> None:
        super().__init__("the account", self._refuse, requests_per_second)
        self._account_id = contract.databricks.account_id
        self._external_ids = given_external_ids(contract)
        self._workspaces = {
            name: workspace_reader(name, one.host, requests_per_second)
            for name, one in contract.workspaces.items()
            if one.host is not None
        }
        self._rows = {one: Once(partial(self._read, one)) for one in ATTRIBUTES}

    @property
    def calls(self) -> int:
        """Requests sent; 0 for shared readers of workspaces, which count their own."""
        return sum(one.calls for one in self._workspaces.values() if one.remembered is None)

    def rows(self, collection: str) -> Mapping[str, tuple[Json, ...]]:
        """Return the rows of a SCIM collection that each workspace lists, by workspace; errors as in `scim`."""
        return self._rows[collection]()

    def scim(self, account_id: str, collection: str, attributes: str) -> Iterator[Json]:
        """Yield everything of a SCIM collection that at least one workspace lists, each once.

        A group has the members that any of them lists.

        Raises:
            SystemUnreachable: a workspace does not answer, or pages are missing.
            SystemRefused: it refuses the caller.
        """
        found: dict[str, Json] = {}
        members: defaultdict[str, dict[str, Json]] = defaultdict(dict)
        for listed in self.rows(collection).values():
            for row in listed:
                found.setdefault(str(row["id"]), row)
                members[str(row["id"])] |= {str(one.get("value")): one for one in row.get("members") or ()}
        for identity, row in found.items():
            yield {**row, "members": [*members[identity].values()]} if members[identity] else row

    def rule_set(self, account_id: str, name: str) -> Json:
        """Return a service principal's rule set, through the first workspace.

        Raises:
            NeedsAccount: it is another rule set.
            SystemRefused: the caller is no manager of the principal; others as in `Reader.get`.
        """
        found = _OF_PRINCIPAL.fullmatch(name)
        if found is None:
            self._refuse()
        try:
            return next(iter(self._workspaces.values())).get(RULE_SETS, name=name, etag="")
        except SystemRefused as error:
            what = (
                f"service principal {found[1]}: who may use it is unknown, because the caller lacks `{MANAGER}` on it"
            )
            how = f"Have an account administrator grant the caller `{MANAGER}` on the service principal."
            raise SystemRefused(f"{what} ({error.what})", how) from error

    def rule_set_name(self, application_id: str) -> str:
        """Return the name of a service principal's rule set."""
        return RULE_SET_NAME.format(self._account_id, "servicePrincipals", application_id)

    def get(self, path: str, /, **query: str | int | None) -> Json:
        """Refuse: no other path of the account is requested.

        Raises:
            NeedsAccount: always.
        """
        del path, query
        self._refuse()

    def _read(self, collection: str) -> Mapping[str, tuple[Json, ...]]:
        return {
            name: tuple(
                self._joined(collection, row)
                for row in reader.workspace_scim(collection, ATTRIBUTES[collection])
                if (row.get("meta") or {}).get("resourceType") != LOCAL
            )
            for name, reader in self._workspaces.items()
        }

    def _joined(self, collection: str, row: Mapping[str, Any]) -> Json:
        if collection == "Groups":
            return {**row, "externalId": str(row["id"])}
        if collection == "ServicePrincipals":
            return {**row, "externalId": self._external_ids.get(str(row["applicationId"]), "")}
        return dict(row)

    def _refuse(self) -> NoReturn:
        raise NeedsAccount("it requires an account administrator, and `databricks.administer` is workspaces")


def reader_of_account(contract: Contract) -> Reader:
    """Return a reader of the account's API, or of its workspaces' if the deployer has no account."""
    databricks = contract.databricks
    if databricks.has_account:
        return account_reader(databricks.host, databricks.account_id)
    return GivenAccount(contract)
