from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.properties import texts
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CONNECTION

OFF = frozenset({"0", "disable", "disabled", "false", "no", "none", "off", "optional"})
ON = frozenset({"1", "enable", "enabled", "on", "true", "yes"})
# Each option means the same in the drivers of PostgreSQL, MySQL, SQL Server, Oracle, Redshift, Teradata:
# https://www.postgresql.org/docs/current/libpq-ssl.html (`allow` and `prefer` fall back to no encryption),
# https://dev.mysql.com/doc/connector-j/en/connector-j-connp-props-security.html,
# https://learn.microsoft.com/sql/connect/jdbc/setting-the-connection-properties.
_ENCRYPTS = re.compile(
    r"(?:use|require|enable)?(?:ssl|tls|encrypt|encryption|encryptdata)(?:enabled|required)?"
    r"|(?:ssl|tls|usessl)?(?:verify|validate|check)\w*"
)
_MODE = re.compile(r"(?:use)?(?:ssl|tls)mode")
_UNENCRYPTED_MODES = OFF | {"allow", "disabled", "prefer", "preferred"}
_TRUSTS_ALL = re.compile(
    r"trustservercertificate|allow(?:all|invalid|selfsigned)\w*|(?:ssl|tls)?insecure\w*|trustall\w*"
)
# https://jdbc.postgresql.org/documentation/ssl/#custom-sslsocketfactory
_FACTORY, _NO_CHECK = re.compile(r"(?:ssl|tls)\w*factory(?:class)?"), "nonvalidatingfactory"
# NAME=VALUE in an address: `;encrypt=false`, `?sslmode=disable`, `;encrypt={false}`, `(sslMode=DISABLED)`.
_PARAMETER = re.compile(r"[;?&,(\s]([A-Za-z][\w.-]*)\s*=\s*[{'\"]?([A-Za-z0-9.]+)")


def _weakens(name: str, value: str) -> bool:
    """Return whether an option switches encryption off, or the check of the other end's certificate."""
    plain, said = re.sub(r"[^a-z]", "", name.lower()), value.strip().strip("'\"").lower()
    if _MODE.fullmatch(plain):
        return said in _UNENCRYPTED_MODES
    if _FACTORY.fullmatch(plain):
        return said.endswith(_NO_CHECK)
    if _TRUSTS_ALL.fullmatch(plain):
        return said in ON
    return bool(_ENCRYPTS.fullmatch(plain)) and said in OFF


def _is_switch(name: str) -> bool:
    plain = re.sub(r"[^a-z]", "", name.lower())
    return any(pattern.fullmatch(plain) for pattern in (_MODE, _FACTORY, _TRUSTS_ALL, _ENCRYPTS))


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Encrypt it and verify the certificate; add the other system's authority where it has one of its own."
    options = resource.properties.within("options")
    for name in options.names if options is not None else ():
        if options is not None and _is_switch(name):
            # An unknown value may be any; that of another option cannot weaken by itself.
            options.read(name)
    declared = resource.values.get("options")
    # A program may write switches as such; the provider makes texts of them.
    switches = declared.items() if isinstance(declared, Mapping) else ()
    written = [(f"options.{name}", str(value)) for name, value in switches if isinstance(value, bool | int | float)]
    for path, text in (*texts(resource.values), *written):
        name = path.removeprefix("options.")
        if name == path:
            continue
        found = [name] if _weakens(name, text) else []
        found += [one for one, value in _PARAMETER.findall(f";{unquote(text)}") if _weakens(one, value)]
        for one in dict.fromkeys(found):
            yield Finding(f"{path} switches off encryption or the check of the certificate ({one})", how)


RULE = Rule(
    "connection-is-encrypted",
    "Connections to other systems are encrypted, and verify whom they reach.",
    Severity.HIGH,
    "https://docs.databricks.com/en/query-federation/index.html",
    (Theme.ENCRYPTION,),
    (CONNECTION,),
    _check,
    Example(
        CONNECTION,
        {"name": "crm", "connectionType": "SQLSERVER", "options": {"host": "crm.example.com", "port": "1433"}},
        (
            put("options.trustServerCertificate", "true"),
            put("options.sslmode", "disable"),
            put("options.url", "jdbc:postgresql://crm.example.com/crm?ssl=false"),
        ),
        ("options",),
    ),
)
