from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping

from pulumi_policy import Severity

from rolecall.kinds.access import SECURABLES
from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import EVERY_TYPE, Finding, Resource, Rule
from rolecall.policies.texts import secrets_in
from rolecall.policies.types import CONNECTION, GRANT, GRANTS, KUBERNETES_OBJECT, NOTEBOOK, SECRET, SECRET_UC
from rolecall.policies.written_secrets import REFERENCE

# Types whose values are secrets by nature; `secret-value-not-declared` refuses them.
_OWN_RULE = frozenset({SECRET, SECRET_UC})


# Keys whose values name a Secret of the cluster, or its namespace:
# https://kubernetes-csi.github.io/docs/secrets-and-credentials-storage-class.html
_NAMES = re.compile(r"csi\.storage\.k8s\.io/[a-z-]+-secret-(name|namespace)|credentialSecret")


def _without_references(part: object) -> object:
    """Return a part of a cluster's object in which names of Secrets are names; their form is still looked at."""
    if not isinstance(part, Mapping):
        return part
    return {
        f"name of {position}" if _NAMES.fullmatch(str(key)) else key: value
        for position, (key, value) in enumerate(part.items())
    }


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if resource.type in _OWN_RULE:
        return
    values = resource.values
    # The name of a credential is no credential; its form is still looked at.
    if resource.type in (GRANTS, GRANT):
        values = {"name" if key in SECURABLES else key: value for key, value in values.items()}
    elif resource.type == CONNECTION and isinstance(options := values.get("options"), Mapping):
        named = {"name" if key == "credential" else key: value for key, value in options.items()}
        values = {**values, "options": named}
    elif resource.type == KUBERNETES_OBJECT and isinstance(content := values.get("content"), Mapping):
        values = {**values, "content": {part: _without_references(inner) for part, inner in content.items()}}
    for path, kind in secrets_in(values):
        yield Finding(f"{path} looks like {kind}", REFERENCE)


RULE = Rule(
    "nothing-holds-a-secret",
    "No property, file or notebook contains a secret.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/secrets/index.html",
    (Theme.CREDENTIALS,),
    EVERY_TYPE,
    _check,
    Example(
        NOTEBOOK,
        compliant.NOTEBOOK,
        (
            put("contentBase64", base64.b64encode(b'password = "correct horse"\n').decode()),
            put("contentBase64", base64.b64encode(b"t = 'dapi" + b"0" * 32 + b"'\n").decode()),
        ),
        (),
    ),
)
