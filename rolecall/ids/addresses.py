"""Addresses of systems: their form, and whether credentials for Databricks may be sent to one.

No message repeats an address: it may have come from the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

# Domains of Databricks, by cloud, government and sovereign clouds included:
# https://docs.databricks.com/aws/en/workspace/workspace-details (workspace URLs, AWS)
# https://docs.databricks.com/aws/en/security/privacy/gov-cloud (cloud.databricks.us; DoD: cloud.databricks.mil)
# https://learn.microsoft.com/azure/databricks/workspace/workspace-details (Azure), with its sovereign clouds
# https://docs.databricks.com/gcp/en/workspace/workspace-details (Google Cloud)
# Databricks' own SDK knows the same: databricks/sdk/environments.py.
DATABRICKS_DOMAINS = {
    "aws": ("cloud.databricks.com", "cloud.databricks.us", "cloud.databricks.mil"),
    "azure": ("azuredatabricks.net", "databricks.azure.us", "databricks.azure.cn"),
    "gcp": ("gcp.databricks.com",),
}
_DOMAINS = tuple(f".{domain}" for domains in DATABRICKS_DOMAINS.values() for domain in domains)
# A host of an address: https://www.rfc-editor.org/rfc/rfc1123#page-13, in small letters, without a dot at its end.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*", re.ASCII)
_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
HTTPS_PORT, LAST_PORT = 443, 65535


@dataclass(frozen=True)
class Address:
    """Where a system is reached.

    Attributes:
        scheme: `https`, or `http` for this machine's own addresses.
        host: a name in small letters, or an IP address without brackets.
        port: the port; None where it is the scheme's own.
        path: what follows; empty where nothing does.
    """

    scheme: str
    host: str
    port: int | None
    path: str

    @property
    def is_loopback(self) -> bool:
        """Whether the host is, literally, an address of this machine."""
        return is_loopback(self.host)

    @property
    def place(self) -> str:
        """Host and port, as `allowed_hosts` of a contract names them."""
        return self.host if self.port in (None, HTTPS_PORT) else f"{self.host}:{self.port}"


def parse_address(text: str, *, with_path: bool = False) -> Address:
    """Read an address.

    Args:
        text: the address.
        with_path: whether something may follow the host.

    Raises:
        ValueError: it is none that credentials could be sent to; the message says why, not what.
    """
    if not text.isascii() or not text.isprintable() or any(letter in text for letter in " \\%;"):
        raise ValueError("an address has no spaces, and no characters but plain ones")
    try:
        parts = urlsplit(text)
    except ValueError as error:
        raise ValueError("it is not an address") from error
    if "@" in parts.netloc:
        raise ValueError("an address names no user and no password")
    if parts.netloc and (parts.query or parts.fragment or "?" in text):
        raise ValueError("an address ends before `?` and `#`; copy its part up to the host")
    if not parts.netloc or parts.scheme not in ("https", "http"):
        raise ValueError("a host is written as https://… (http:// only for this machine's own addresses)")
    host, port = _host_and_port(parts.netloc.lower())
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("a host is written as https://… (http:// only for this machine's own addresses)")
    path = parts.path.rstrip("/")
    if path and not with_path:
        raise ValueError("a host is an address without a path")
    if any(part in (".", "..") for part in path.split("/")):
        raise ValueError("a path of an address has no `..`")
    return Address(parts.scheme, host, port, path)


def is_loopback(host: str) -> bool:
    """Return whether a host is an address of this machine: 127.x.x.x or ::1, not a name that may lead anywhere."""
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return address.is_loopback and (address.version == 4 or address.compressed == "::1")


def is_databricks(address: Address) -> bool:
    """Return whether an address is in one of Databricks' own domains."""
    return address.scheme == "https" and address.port in (None, HTTPS_PORT) and address.host.endswith(_DOMAINS)


def is_trusted(address: Address, allowed: Iterable[str]) -> bool:
    """Return whether credentials for Databricks may be sent to an address.

    Args:
        address: the address.
        allowed: hosts that a contract allows beside Databricks' own domains, with a port where it is not 443.
    """
    return is_databricks(address) or address.is_loopback or address.place in {one.lower() for one in allowed}


def _host_and_port(netloc: str) -> tuple[str, int | None]:
    """Take a host and its port apart.

    Raises:
        ValueError: one of both is none.
    """
    if netloc.startswith("["):
        host, closed, rest = netloc[1:].partition("]")
        if not closed or _version(host) != 6:
            raise ValueError("what stands in brackets is no IPv6 address")
    else:
        host, colon, after = netloc.partition(":")
        rest = colon + after
        if not _NAME.fullmatch(host) or len(host) > 253:
            raise ValueError("its host is no name")
        # 127.1, 2130706433 and 0x7f.1 are taken for addresses by some resolvers.
        if _NUMBER.fullmatch(host.rpartition(".")[2]) and _version(host) != 4:
            raise ValueError("its host is a number, and no IPv4 address of four")
    if not rest:
        return host, None
    if not _PORT.fullmatch(rest[1:]) or not rest.startswith(":") or int(rest[1:]) > LAST_PORT:
        raise ValueError("its port is no number from 1 to 65535")
    return host, int(rest[1:])


def _version(host: str) -> int | None:
    try:
        return ip_address(host).version
    except ValueError:
        return None
