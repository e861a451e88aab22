"""Access lists: the forms in which Databricks writes who holds what on an object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rolecall.kinds.comparison import same_assignment, same_grants, same_permissions, same_rule_set, same_secret_access

# Privileges of Unity Catalog that no verb includes, each with the reason.
ALL_PRIVILEGES = {"ALL_PRIVILEGES": "it grows with every privilege that Databricks adds"}
APPLY_TAG = {"APPLY_TAG": "changing tags changes which rules protect the data"}


@dataclass(frozen=True)
class Interface:
    """A form of access list.

    Attributes:
        token: the type of the resource that declares a whole list.
        entries: the property with the entries.
        subjects: the properties of an entry that name its subject: a group, a service principal, a person; one where it
            names all of them.
        word: the property of an entry with what the subject holds.
        cumulative: a subject holds a set of words; otherwise one level, which includes the lower ones.
        grouped: an entry is a word with its subjects, not a subject with its words.
        whole: the resource holds everybody's entries; otherwise those of one subject.
        same: compares a state's outputs of the resource with the live object.
        full: the words of full control, which break-glass keeps on each object that has such a word.
        without_full: properties that name objects of no kind on which the system has no such word.
        single: the type of the resource that declares the entries of one subject; empty where there is none.
        everybody: the system's own group of everybody on such lists; empty where there is none.
        prefixes: what precedes the name of a group, and that of a service principal.
    """

    token: str
    entries: str
    subjects: tuple[str, ...]
    word: str
    cumulative: bool
    same: Callable[[Any, Any], bool]
    grouped: bool = False
    whole: bool = True
    full: frozenset[str] = frozenset()
    without_full: tuple[str, ...] = ()
    single: str = ""
    everybody: str = ""
    prefixes: tuple[str, str] = ("", "")

    def subject(self, *, is_group: bool) -> str:
        """Return the property of an entry that names a group, or a service principal."""
        return self.subjects[0 if is_group or len(self.subjects) == 1 else 1]

    def prefix(self, *, is_group: bool) -> str:
        """Return what precedes the name of a group, or of a service principal."""
        return self.prefixes[0 if is_group else 1]

    @property
    def is_native(self) -> bool:
        """Whether Rolecall's own provider writes it."""
        return self.token.startswith("rolecall:")


@dataclass(frozen=True)
class Securable:
    """A type of object in Unity Catalog.

    Attributes:
        in_catalog: its full name begins with a catalog.
        has_manage: it has the privilege MANAGE.
    """

    in_catalog: bool = False
    has_manage: bool = True


# By the property of grants that names one, kinds or not:
# https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html
SECURABLES: Mapping[str, Securable] = {
    **dict.fromkeys(("catalog", "schema", "table", "volume", "function", "model"), Securable(in_catalog=True)),
    **dict.fromkeys(("metastore", "share", "recipient"), Securable(has_manage=False)),
    **dict.fromkeys(("credential", "externalLocation", "foreignConnection", "storageCredential"), Securable()),
}
# https://docs.databricks.com/en/admin/users-groups/groups.html (system groups)
USERS, ACCOUNT_USERS = "users", "account users"

# https://docs.databricks.com/api/workspace/permissions
PERMISSIONS = Interface(
    "databricks:index/permissions:Permissions",
    "accessControls",
    ("groupName", "servicePrincipalName", "userName"),
    "permissionLevel",
    cumulative=False,
    same=same_permissions,
    full=frozenset({"CAN_MANAGE", "IS_OWNER"}),
    # Who may use tokens and passwords: https://docs.databricks.com/api/workspace/permissions/getpermissionlevels.
    without_full=("authorization",),
    everybody=USERS,
)
# https://docs.databricks.com/api/workspace/grants
GRANTS = Interface(
    "databricks:index/grants:Grants",
    "grants",
    ("principal",),
    "privileges",
    cumulative=True,
    same=same_grants,
    full=frozenset({"MANAGE", "ALL_PRIVILEGES"}),
    without_full=tuple(name for name, one in SECURABLES.items() if not one.has_manage),
    single="databricks:index/grant:Grant",
    everybody=ACCOUNT_USERS,
)
# https://docs.databricks.com/api/workspace/secrets/listacls; Rolecall's own provider writes it whole.
SECRET_ACL = Interface(
    "rolecall:databricks:SecretAccess",
    "entries",
    ("principal",),
    "permission",
    cumulative=False,
    same=same_secret_access,
    full=frozenset({"MANAGE"}),
    single="databricks:index/secretAcl:SecretAcl",
    everybody=USERS,
)
# https://docs.databricks.com/api/account/accountaccesscontrol: the account, the sort of object, and its id.
RULE_SET_NAME = "accounts/{}/{}/{}/ruleSets/default"
RULE_SET = Interface(
    "databricks:index/accessControlRuleSet:AccessControlRuleSet",
    "grantRules",
    ("principals",),
    "role",
    cumulative=True,
    same=same_rule_set,
    grouped=True,
    full=frozenset(f"roles/{one}.manager" for one in ("servicePrincipal", "group", "tagPolicy", "budgetPolicy")),
    prefixes=("groups/", "servicePrincipals/"),
)
# https://docs.databricks.com/api/workspace/permissionassignments
ASSIGNMENT = Interface(
    "databricks:index/permissionAssignment:PermissionAssignment",
    "permissions",
    ("principalId",),
    "permissions",
    cumulative=False,
    same=same_assignment,
    whole=False,
)
# Callers of a service in the mesh: the policies that admit them are objects of the cluster.
CALLERS = Interface(
    "rolecall:kubernetes:Object",
    "callers",
    ("serviceAccount",),
    "may",
    cumulative=False,
    same=lambda _outputs, _live: False,
    full=frozenset({"call"}),
)
# Who may read, change and delete a claim of a volume: roles and bindings are objects of the cluster.
CLAIMS = Interface(
    "rolecall:kubernetes:Object",
    "holders",
    ("group", "serviceAccount"),
    "may",
    cumulative=True,
    same=lambda _outputs, _live: False,
    full=frozenset({"delete"}),
)
# The forms of Databricks.
INTERFACES = (PERMISSIONS, GRANTS, RULE_SET, ASSIGNMENT, SECRET_ACL)
# The forms that list who holds what, of every system with objects of its own.
LISTS = (*INTERFACES, CALLERS, CLAIMS)


@dataclass(frozen=True)
class Access:
    """The access list of a kind.

    Attributes:
        interface: its form.
        type: what the interface's address calls objects of the kind.
        object_property: the property of the resource that names the object.
        names: full names of the objects whose lists are one to the contract; empty where each object has its own.
        output: the output of the object's resource by which the list names it; empty where that is its id.
        declared_as: what the provider calls words that the API calls otherwise.
    """

    interface: Interface
    type: str
    object_property: str
    names: tuple[str, ...] = ()
    output: str = ""
    declared_as: Mapping[str, str] = field(default_factory=dict)

    @property
    def marker(self) -> str:
        """The property that distinguishes this kind's lists from other kinds'."""
        return self.interface.entries if self.interface.grouped else self.object_property
