"""Annotated types for names, each defined once."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from rolecall.ids.addresses import parse_address
from rolecall.ids.characters import has_odd_spaces, hidden_characters, is_composed
from rolecall.stack_names import ACCOUNT_STACK, RUN_MARK

__all__ = [
    "AllowedHost",
    "BackupAddress",
    "CatalogName",
    "ClusterSecret",
    "Cron",
    "DataPath",
    "Description",
    "DnsName",
    "EnvironmentName",
    "Fingerprint",
    "GroupName",
    "Host",
    "IssuerAddress",
    "KubernetesName",
    "LabelKey",
    "LabelValue",
    "Name",
    "ObjectPath",
    "Period",
    "PrincipalPath",
    "TagText",
    "UrlPath",
    "VariableName",
]

# A word that becomes part of resource names in every system.
Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*$", max_length=100),
    Field(description="a letter, then letters, digits, '_', '.' or '-'; at most 100 characters"),
]

# A service principal of a project.
PrincipalPath = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_.-]*/[A-Za-z][A-Za-z0-9_.-]*$", max_length=201),
    Field(description="PROJECT/SERVICE_PRINCIPAL"),
]

# https://kubernetes.io/docs/concepts/overview/working-with-objects/names/#dns-label-names
KubernetesName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", max_length=63),
    Field(description="small letters, digits or '-', a letter or digit at both ends; at most 63 characters"),
]

# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set
LabelKey = Annotated[
    str,
    StringConstraints(pattern=r"^([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$"),
    Field(description="at most 63 letters, digits, '-', '_' or '.', a letter or digit at both ends, after DOMAIN/"),
]
LabelValue = Annotated[
    str,
    StringConstraints(pattern=r"^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$"),
    Field(description="at most 63 letters, digits, '-', '_' or '.', a letter or digit at both ends"),
]
DnsName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$", max_length=253),
    Field(description="small letters, digits, '-' or '.', a letter or digit at both ends"),
]
Period = Annotated[
    str,
    StringConstraints(pattern=r"^[1-9][0-9]{0,4}[hd]$"),
    Field(description="hours or days: `48h`, `365d`"),
]
Fingerprint = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}$"),
    Field(description="SHA-256 of a certificate, as `openssl x509 -noout -fingerprint -sha256` writes it"),
]
# https://longhorn.io/docs/1.9.0/snapshots-and-backups/backup-and-restore/set-backup-target/
BackupAddress = Annotated[
    str,
    StringConstraints(pattern=r"^(s3|nfs|cifs|azblob)://[!-~]+$", max_length=1024),
    Field(description="s3://, nfs://, cifs:// or azblob://, with {environment} and {project}, without spaces"),
]
ClusterSecret = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9{]([a-z0-9{}.-]*[a-z0-9}])?$", max_length=253),
    Field(description="a Secret's name: small letters, digits, '-' or '.'; {environment} and {project} for names"),
]
# https://longhorn.io/docs/1.9.0/snapshots-and-backups/scheduling-backups-and-snapshots/
Cron = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9*/,A-Za-z-]+( [0-9*/,A-Za-z-]+){4}$"),
    Field(description="minute, hour, day of the month, month and day of the week, as cron has them"),
]
UrlPath = Annotated[
    str,
    StringConstraints(pattern=r"^/[!-~]*$", max_length=1024),
    Field(description="a path that begins with '/', without spaces and letters beyond ASCII"),
]

# Names in Unity Catalog are compared without case; these need no quoting in SQL.
# https://docs.databricks.com/en/sql/language-manual/sql-ref-names.html
CatalogName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=100),
    Field(description="a small letter, then small letters, digits or '_'"),
]


def _not_reserved(name: str) -> str:
    if name.casefold() == ACCOUNT_STACK:
        raise ValueError(f"'{ACCOUNT_STACK}' is the stack of the account; rename the environment")
    if name.partition(".")[0].casefold() == RUN_MARK:
        raise ValueError(f"stacks named '{RUN_MARK}' mark runs; give the environment another name")
    return name


EnvironmentName = Annotated[Name, AfterValidator(_not_reserved)]


# As identity providers allow it: https://learn.microsoft.com/graph/api/resources/group (displayName, 256 characters).
def _plain(name: str) -> str:
    """Refuse what people cannot see: two names that look alike have to be one name.

    Unicode Technical Report 36, "Unicode Security Considerations".
    """
    if not is_composed(name):
        raise ValueError("letters with accents are written composed (Unicode normal form C)")
    if hidden := hidden_characters(name):
        raise ValueError(f"it contains invisible characters: {', '.join(hidden)}; take them out")
    if has_odd_spaces(name):
        raise ValueError("it contains spaces that look like another name's: write single, plain ones")
    return name


GroupName = Annotated[
    str,
    StringConstraints(pattern=r"^\S(.*\S)?$", max_length=256),
    AfterValidator(_plain),
    Field(description="the group's name, as the identity provider shows it"),
]


def _host(text: str) -> str:
    parse_address(text.rstrip("/"))
    return text.rstrip("/")


def _issuer(text: str) -> str:
    parse_address(text, with_path=True)
    return text.rstrip("/")


def _allowed_host(text: str) -> str:
    if "/" in text or parse_address(f"https://{text}").place != text.lower():
        raise ValueError("write a host's name, and its port where that is not 443: databricks.acme.example")
    return text.lower()


Host = Annotated[str, AfterValidator(_host), Field(description="address of a workspace or account, https://…")]
IssuerAddress = Annotated[str, AfterValidator(_issuer), Field(description="an issuer as its tokens name it, https://…")]
AllowedHost = Annotated[str, AfterValidator(_allowed_host), Field(description="a host's name, with a port if not 443")]

Description = Annotated[str, StringConstraints(max_length=1000)]

# https://docs.databricks.com/en/admin/account-settings/usage-detail-tags.html: at most 127 and 255 characters.
TagText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=127, pattern=r"^[^<>*&%;\\/?]*$"),
    Field(description=r"text without any of < > * & % ; \ / ?, of at most 127 characters"),
]

VariableName = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$"),
    Field(description="the name of an environment variable: letters, digits and '_', no digit first"),
]

# Objects as overrides name them.
ObjectPath = Annotated[
    str,
    StringConstraints(pattern=r"^[^/]+(/[^/]+)?$"),
    Field(description="PROJECT/NAME, or the name of a catalog or workspace"),
]
DataPath = Annotated[
    str,
    StringConstraints(pattern=r"^[^/]+(/[^/]+){0,2}$"),
    Field(description="PROJECT/NAME, PROJECT/DATASET/VOLUME, or the name of a catalog, group or workspace"),
]
