"""Checks on hosts: credentials for Databricks go to Databricks' domains, or to `allowed_hosts`."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from rolecall.contract.contract import Contract
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.ids.addresses import DATABRICKS_DOMAINS, is_loopback, is_trusted, parse_address

HOST_NOT_ALLOWED = "host-not-allowed"
# https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates: DNS suffixes of Key Vault.
VAULT_DOMAINS = (".vault.azure.net", ".vault.usgovcloudapi.net", ".vault.azure.cn")


def check_hosts(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield a problem for each host that would receive the deployer's credentials and is not allowed."""
    hosts: list[tuple[str, Path]] = [(contract.databricks.host, ("databricks", "host"))]
    hosts += [
        (workspace.host, ("workspaces", name, "host"))
        for name, workspace in contract.workspaces.items()
        if workspace.host is not None
    ]
    for host, path in hosts:
        if not is_trusted(parse_address(host), contract.allowed_hosts):
            domains = ", ".join(domain for found in DATABRICKS_DOMAINS.values() for domain in found)
            what = f"{'.'.join(map(str, path))} is {host!r}, which is none of Databricks' hosts ({domains})"
            how = "Check the spelling. If it is yours, let a platform file say so: `allowed_hosts: [HOST]`."
            yield Problem(HOST_NOT_ALLOWED, places.of(*path), what, how)
    for project, declared in contract.projects.items():
        for key, scope in declared.secret_scopes.items():
            if scope.key_vault is None:
                continue
            name = urlsplit(scope.key_vault.dns_name).hostname or ""
            if not name.endswith(VAULT_DOMAINS) and not is_loopback(name) and name not in contract.allowed_hosts:
                at: Path = ("projects", project, "secret_scopes", key, "key_vault", "dns_name")
                what = f"{name!r} is no Azure Key Vault"
                yield Problem(HOST_NOT_ALLOWED, places.of(*at), what, "Write https://NAME.vault.azure.net/.")
