"""Roles on governed tags and budget policies.

https://docs.databricks.com/en/admin/tag-policies/manage-permissions.html and …/admin/usage/budget-policies.html;
terraform-provider-databricks docs/resources/access_control_rule_set.md has the names of roles on budget policies.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rolecall.contract.account_object import AccountObject
from rolecall.contract.contract import Contract


@dataclass(frozen=True)
class Sort:
    """A sort of object of the account.

    Attributes:
        section: the key of the contract that declares them.
        noun: the vendor's term.
        path: their path segment in names of rule sets.
        roles: the field of the contract with the holders of each role.
    """

    section: str
    noun: str
    path: str
    roles: Mapping[str, str]

    def objects(self, contract: Contract) -> Mapping[str, AccountObject]:
        """Return the contract's objects, by their names."""
        found: Mapping[str, AccountObject] = getattr(contract, self.section)
        return found


TAGS = Sort(
    "governed_tags",
    "governed tag",
    "tagPolicies",
    {"roles/tagPolicy.manager": "managers", "roles/tagPolicy.assigner": "assigners"},
)
BUDGETS = Sort(
    "budget_policies",
    "budget policy",
    "budgetPolicies",
    {"roles/budgetPolicy.manager": "managers", "roles/budgetPolicy.user": "users"},
)
SORTS = (TAGS, BUDGETS)


def roles_on(contract: Contract, declared: AccountObject, sort: Sort) -> dict[str, list[str]]:
    """Return the groups with each role on an object; the break-glass group manages all of them."""
    kept = [contract.break_glass.group] if contract.break_glass else []
    held = {
        role: sorted({*getattr(declared, key), *(kept if key == "managers" else [])})
        for role, key in sort.roles.items()
    }
    return {role: holders for role, holders in held.items() if holders}


def holders_of_roles(contract: Contract) -> Iterator[tuple[tuple[str, str, str], list[str]]]:
    """Yield the path in the contract of each list of holders, with the list."""
    for sort in SORTS:
        for name, declared in sort.objects(contract).items():
            for key in sort.roles.values():
                yield (sort.section, name, key), getattr(declared, key)
