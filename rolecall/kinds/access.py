"""Access lists: the forms in which Databricks writes who holds what on an object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from rolecall.kinds.comparison import same_assignment, same_grants, same_permissions, same_rule_set, same_secret_access


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
        same: compares a state's outputs of the resource with what is live.
    """

    token: str
    entries: str
    subjects: tuple[str, ...]
    word: str
    cumulative: bool
    same: Callable[[Any, Any], bool]
    grouped: bool = False
    whole: bool = True

    def subject(self, *, is_group: bool) -> str:
        """Return the property of an entry that names a group, or a service principal."""
        return self.subjects[0 if is_group or len(self.subjects) == 1 else 1]

    @property
    def is_native(self) -> bool:
        """Whether Rolecall's own provider writes it."""
        return self.token.startswith("rolecall:")


# https://docs.databricks.com/api/workspace/permissions
PERMISSIONS = Interface(
    "databricks:index/permissions:Permissions",
    "accessControls",
    ("groupName", "servicePrincipalName", "userName"),
    "permissionLevel",
    cumulative=False,
    same=same_permissions,
)
# https://docs.databricks.com/api/workspace/grants
GRANTS = Interface(
    "databricks:index/grants:Grants", "grants", ("principal",), "privileges", cumulative=True, same=same_grants
)
# https://docs.databricks.com/api/workspace/secrets/listacls; Rolecall's own provider writes it whole.
SECRET_ACL = Interface(
    "rolecall:databricks:SecretAccess",
    "entries",
    ("principal",),
    "permission",
    cumulative=False,
    same=same_secret_access,
)
# https://docs.databricks.com/api/account/accountaccesscontrol
RULE_SET = Interface(
    "databricks:index/accessControlRuleSet:AccessControlRuleSet",
    "grantRules",
    ("principals",),
    "role",
    cumulative=True,
    same=same_rule_set,
    grouped=True,
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
INTERFACES = (PERMISSIONS, GRANTS, RULE_SET, ASSIGNMENT, SECRET_ACL)


@dataclass(frozen=True)
class Access:
    """The access list of a kind.

    Attributes:
        interface: its form.
        type: what the interface's address calls objects of the kind.
        object_property: the property of the resource that names the object.
        names: full names of the objects whose lists are one to the contract; empty where each object has its own.
        output: the output of the object's resource by which the list names it; empty where that is its id.
    """

    interface: Interface
    type: str
    object_property: str
    names: tuple[str, ...] = ()
    output: str = ""

    @property
    def marker(self) -> str:
        """The property that tells a list of this kind from those of other kinds."""
        return self.interface.entries if self.interface.grouped else self.object_property
