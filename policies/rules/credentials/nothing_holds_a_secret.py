from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

from pulumi_policy import Severity

from rolecall.kinds.access import SECURABLES
from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import EVERY_TYPE, Finding, Resource, Rule
from rolecall.policies.texts import secrets_in
from rolecall.policies.types import CONNECTION, GRANT, GRANTS, NOTEBOOK, SECRET, SECRET_UC
from rolecall.policies.written_secrets import REFERENCE

# Types whose values are secrets by nature; `secret-value-not-declared` refuses them.
_OWN_RULE = frozenset({SECRET, SECRET_UC})


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
    for path, kind in secrets_in(values):
        yield Finding(f"{path} looks like {kind}", REFERENCE)


RULE = Rule(
    "nothing-holds-a-secret",
    "No property, file or notebook contains a secret.",
    EVERY_TYPE,
    _check,
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/secrets/index.html",
    (Theme.CREDENTIALS,),
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
