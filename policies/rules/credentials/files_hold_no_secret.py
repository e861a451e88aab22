from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.sources import content_of
from rolecall.policies.texts import secret_like
from rolecall.policies.types import FILE, NOTEBOOK, WORKSPACE_FILE
from rolecall.policies.written_secrets import REFERENCE


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    source = resource.properties.read("source")
    if source is None:
        return
    content = content_of(source)
    if content is None:
        how = "Use a path from the project's folder, or write contentBase64."
        yield Finding(f"the file {source!r} cannot be read here, so its content is unknown", how)
    elif kind := secret_like(content, "content"):
        yield Finding(f"the file {source!r} contains what looks like {kind}", REFERENCE)


RULE = Rule(
    "files-hold-no-secret",
    "No file that is uploaded contains a secret.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/secrets/index.html",
    (Theme.CREDENTIALS,),
    (NOTEBOOK, WORKSPACE_FILE, FILE),
    _check,
    Example(
        NOTEBOOK,
        {"path": "/Shared/churn/train", "language": "PYTHON", "source": "Pulumi.yaml"},
        (put("source", "no/such/file.py"),),
        ("source",),
    ),
)
