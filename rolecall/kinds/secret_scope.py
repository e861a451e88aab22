"""Secret scopes: who may read and write secrets. The values are never in a contract."""

from __future__ import annotations

from rolecall.ids.model import Model
from rolecall.ids.name_types import Host
from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import ProjectObject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import SECRET_ACL, Access
from rolecall.kinds.api import Api
from rolecall.kinds.spec import Data, Facts, Naming, Owner, Quota, Resource, Scope, Steering, dashed
from rolecall.kinds.workspace_object import NamedKind


class KeyVault(Model):
    """An Azure Key Vault that holds the values."""

    resource_id: str
    """the vault's resource id"""
    dns_name: Host
    """the vault's address, https://…"""


class SecretScope(ProjectObject):
    """A secret scope; its values come at run time, from here or from a key vault."""

    key_vault: KeyVault | None = None
    """the Azure Key Vault with the values; without it, Databricks stores them"""


def _properties(scope: SecretScope, facts: Facts) -> dict[str, object]:
    if scope.key_vault is None:
        return {"name": facts.name}
    vault = {"resourceId": scope.key_vault.resource_id, "dnsName": scope.key_vault.dns_name}
    return {"name": facts.name, "keyvaultMetadata": vault}


SECRET_SCOPE = NamedKind[SecretScope](
    Kind.SECRET_SCOPE,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#secret-acls",
    "secret scopes; never their values",
    SecretScope,
    steers_jobs=Steering(Verb.EDIT, "holds secrets that are trusted by a job that runs as"),
    # https://docs.databricks.com/en/security/secrets/secret-scopes.html
    quota=Quota(1_000, Scope.WORKSPACE),
    naming=Naming(
        dashed,
        NameSyntax(
            "https://docs.databricks.com/api/workspace/secrets/createscope",
            r"A-Za-z0-9_@.\-",
            "letters, digits, '-', '_', '@' and '.'",
            128,
        ),
    ),
    access=Access(SECRET_ACL, "", "scope"),
    verbs={Verb.VIEW: "READ", Verb.EDIT: "WRITE", Verb.MANAGE: "MANAGE"},
    without_verb={},
    owner=Owner("creator", "MANAGE", "may read and write its secrets and change its access list"),
    api=Api("/api/2.0/secrets/scopes/list", "scopes", id="name"),
    resource=Resource("databricks:index/secretScope:SecretScope", {"name": "name"}, properties=_properties),
    data=Data("secrets", ("name",)),
)
