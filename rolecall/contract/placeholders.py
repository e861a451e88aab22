"""Placeholders for unset environment variables, for validating a contract without its deployment's addresses."""

from __future__ import annotations

from ipaddress import IPv4Address
from uuid import NAMESPACE_DNS, uuid5
from zlib import crc32

from rolecall.contract.source import Path

# Addresses for documentation (RFC 5737, TEST-NET-2).
DOCUMENTATION = IPv4Address("198.51.100.0")
# Keys whose values are UUIDs.
_UUIDS = ("account_id", "deployer", "previewer", "metastore")


def placeholder(name: str, path: Path, *, begins: bool, ends: bool) -> str:
    """Return a valid value for an unset variable; distinct for each variable.

    Args:
        name: the variable's name.
        path: path of the value in the contract.
        begins: whether the value begins with the reference.
        ends: whether the value ends with the reference.
    """
    word = "unset-" + name.lower().replace("_", "-").strip("-")
    key = path[-1]
    if path[:2] == ("identity", "issuer") or key == "address":
        address = f"https://{word}.okta.com"
        return address if begins else str(uuid5(NAMESPACE_DNS, name)) if name.endswith("_ID") else word
    if "ip_access" in path:
        address = f"{DOCUMENTATION + crc32(name.encode()) % 256}/32"
        return address if begins and ends else str(DOCUMENTATION) if begins else "1"
    if not (begins and ends):
        return word
    if path[0] == "databricks" and key == "host":
        return "https://accounts.cloud.databricks.com"
    if path[0] == "workspaces" and key == "host":
        return f"https://{word}.cloud.databricks.com"
    if key in _UUIDS:
        return str(uuid5(NAMESPACE_DNS, name))
    if key == "catalog_storage":
        return f"s3://{word}"
    if path[0] == "groups" and "members" in path:
        return f"{word}@unset.example"
    return word
