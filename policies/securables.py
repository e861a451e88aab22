"""Rules on objects of Unity Catalog themselves: whose they are, where they can be used, and whether they can vanish."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pulumi_policy import Severity

from rolecall.kinds.registry import KINDS
from rolecall.policies.context import Context
from rolecall.policies.data import UNITY, privileges_of
from rolecall.policies.network import too_wide
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import (
    AI_MCP_SERVICE,
    AI_MODEL_SERVICE,
    AI_PROVIDER_SERVICE,
    AWS_S3_MOUNT,
    AZURE_BLOB_MOUNT,
    AZURE_GEN1_MOUNT,
    AZURE_GEN2_MOUNT,
    CATALOG,
    CONNECTION,
    CREDENTIAL,
    EXTERNAL_LOCATION,
    GRANT,
    GRANTS,
    METASTORE,
    METASTORE_DATA_ACCESS,
    MOUNT,
    RECIPIENT,
    REGISTERED_MODEL,
    SCHEMA,
    SECRET_UC,
    SHARE,
    SQL_TABLE,
    STORAGE_CREDENTIAL,
    TABLE,
    VOLUME,
)

# What has an owner in a property of its own: kinds, and types that no contract declares.
OWNED = (
    *(kind.resource.token for kind in KINDS if kind.resource and kind.owner and kind.owner.by == "field"),
    VOLUME,
    EXTERNAL_LOCATION,
    STORAGE_CREDENTIAL,
    SHARE,
    RECIPIENT,
    CONNECTION,
    METASTORE,
    METASTORE_DATA_ACCESS,
    CREDENTIAL,
    TABLE,
    SQL_TABLE,
    SECRET_UC,
    AI_PROVIDER_SERVICE,
    AI_MODEL_SERVICE,
    AI_MCP_SERVICE,
)
EXTERNAL_USE = frozenset({"EXTERNAL_USE_SCHEMA", "EXTERNAL_USE_LOCATION"})
# What a data recipient's token may last, in seconds: 90 days.
LONGEST_TOKEN = 90 * 24 * 60 * 60
SHARING = "https://docs.databricks.com/en/delta-sharing/create-recipient.html"


def _owner_is_no_person(resource: Resource, context: Context) -> Iterator[Finding]:
    if "@" in str(resource.properties.read("owner") or ""):
        how = "Name a group, or leave it out: then the deployer owns it."
        yield Finding("it is owned by a person, and goes astray when they leave", how)


def _survives_its_declaration(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("forceDestroy"):
        how = "Leave forceDestroy out; empty it on purpose before you take it away."
        yield Finding("taking it out of the program would delete all data in it", how)


def _no_everything(resource: Resource, context: Context) -> Iterator[Finding]:
    for where, principal, privileges in privileges_of(resource):
        if "ALL_PRIVILEGES" in privileges:
            how = "Name the privileges that are needed, or use a verb of the contract."
            yield Finding(f"{where} gives {principal or 'a principal'} all privileges, later ones too", how)


def _no_external_use(resource: Resource, context: Context) -> Iterator[Finding]:
    for where, principal, privileges in privileges_of(resource):
        if privileges & EXTERNAL_USE:
            given = ", ".join(sorted(privileges & EXTERNAL_USE))
            how = "Take it out, or give it to the one service principal of the engine that needs it, with an exemption."
            yield Finding(f"{where} gives {principal or 'a principal'} {given}: engines outside read the files", how)


def _no_mount(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Declare an external location and a volume; both know who may read them."
    yield Finding("everybody in the workspace reads a mount, with the rights of whoever made it", how)


def _bound_to_workspaces(resource: Resource, context: Context) -> Iterator[Finding]:
    mode = str(resource.properties.read("isolationMode") or "OPEN")
    if mode.removeprefix("ISOLATION_MODE_") != "ISOLATED":
        wanted = "ISOLATED" if resource.type == CATALOG else "ISOLATION_MODE_ISOLATED"
        how = f"Write isolationMode: {wanted}, and bind the workspaces that it is meant for."
        yield Finding("every workspace of the metastore can use it, those of other environments too", how)


def _is_described(resource: Resource, context: Context) -> Iterator[Finding]:
    if not resource.properties.is_set("comment"):
        how = "Write a comment: what is in it, and for what purpose it is kept."
        yield Finding("nothing says what it is for", how)


def _no_external_access(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("externalAccessEnabled"):
        how = "Leave it off; Delta Sharing gives others what they may have, and notes it."
        yield Finding("engines outside of Databricks may read its data", how)


def _sharing_tokens_end(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.properties.read("deltaSharingScope") != "INTERNAL_AND_EXTERNAL":
        return
    seconds = resource.properties.read("deltaSharingRecipientTokenLifetimeInSeconds")
    if not seconds or seconds > LONGEST_TOKEN:
        lasts = f"{seconds // 86400} days" if seconds else "for ever"
        yield Finding(f"tokens of data recipients last {lasts}", f"Allowed: up to {LONGEST_TOKEN} seconds, 90 days.")


def _recipient_is_restricted(resource: Resource, context: Context) -> Iterator[Finding]:
    if str(resource.properties.read("authenticationType") or "").upper() != "TOKEN":
        return
    if not resource.properties.is_set("expirationTime"):
        yield Finding("its token does not expire", "Write expirationTime, or let the recipient sign in with OIDC.")
    ends = [resource.properties.read("expirationTime"), *_token_ends(resource)]
    for end in ends:
        # Milliseconds since 1970: https://docs.databricks.com/api/workspace/recipients/create.
        if end is not None and not _is_soon(end, context):
            how = f"Allowed: up to {LONGEST_TOKEN // 86400} days from now, in milliseconds since 1970; then rotate it."
            yield Finding("its token lasts longer than agreed upon", how)
            break
    addresses = resource.properties.read("ipAccessList.allowedIpAddresses")
    how = "Write ipAccessList with the recipient's addresses."
    if not addresses:
        yield Finding("its token works from anywhere", how)
    elif found := too_wide(addresses):
        yield Finding(f"its token works from {found}", how)


def _token_ends(resource: Resource) -> Iterator[Any]:
    for token in resource.properties.items("tokens"):
        yield token.read("expirationTime")


def _is_soon(end: Any, context: Context) -> bool:
    try:
        seconds = float(end) / 1000
    except (TypeError, ValueError):
        return False
    return seconds - context.now <= LONGEST_TOKEN


RULES = (
    Rule(
        "owner-is-no-person",
        "What is in Unity Catalog is owned by groups and service principals.",
        OWNED,
        _owner_is_no_person,
        Severity.HIGH,
        "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/ownership.html",
    ),
    Rule(
        "data-survives-its-declaration",
        "Taking a line out of a program deletes no data.",
        (CATALOG, SCHEMA, EXTERNAL_LOCATION, STORAGE_CREDENTIAL, METASTORE),
        _survives_its_declaration,
        Severity.HIGH,
        "https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/schema#force_destroy",
        remedy=lambda context: {"forceDestroy": False},
    ),
    Rule(
        "no-all-privileges",
        "Privileges are named one by one.",
        (GRANTS, GRANT),
        _no_everything,
        Severity.HIGH,
        UNITY,
    ),
    Rule(
        "no-mounts",
        "Storage is not mounted where everybody can read it.",
        (MOUNT, AWS_S3_MOUNT, AZURE_BLOB_MOUNT, AZURE_GEN1_MOUNT, AZURE_GEN2_MOUNT),
        _no_mount,
        Severity.HIGH,
        "https://docs.databricks.com/en/dbfs/mounts.html",
    ),
    Rule(
        "no-external-use-of-files",
        "No principal may read the files behind tables past Unity Catalog.",
        (GRANTS, GRANT),
        _no_external_use,
        Severity.HIGH,
        "https://docs.databricks.com/en/external-access/credential-vending.html",
    ),
    Rule(
        "sharing-tokens-expire",
        "Tokens of data recipients last at most 90 days.",
        (METASTORE,),
        _sharing_tokens_end,
        Severity.HIGH,
        SHARING,
    ),
    Rule(
        "recipient-is-restricted",
        "A data recipient's token expires and works from known addresses only.",
        (RECIPIENT,),
        _recipient_is_restricted,
        Severity.HIGH,
        SHARING,
    ),
)
COMPLIANCE_RULES = (
    Rule(
        "data-bound-to-workspaces",
        "Catalogs, locations and storage credentials are used from named workspaces only.",
        (CATALOG, EXTERNAL_LOCATION, STORAGE_CREDENTIAL),
        _bound_to_workspaces,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/catalogs/binding.html",
    ),
    Rule(
        "data-is-described",
        "What holds data says what it is for.",
        (CATALOG, SCHEMA, VOLUME, REGISTERED_MODEL),
        _is_described,
        Severity.LOW,
        "https://docs.databricks.com/en/comments/index.html",
    ),
    Rule(
        "no-external-engines",
        "A metastore is not open to engines outside of Databricks.",
        (METASTORE,),
        _no_external_access,
        Severity.MEDIUM,
        "https://docs.databricks.com/en/external-access/admin.html",
    ),
)
