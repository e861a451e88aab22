from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import ARTIFACT_ALLOWLIST


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    how = "Name folders of volumes, /Volumes/CATALOG/SCHEMA/VOLUME/FOLDER/, or packages with their versions."
    for matcher in resource.properties.items("artifactMatchers"):
        artifact = str(matcher.read("artifact") or "")
        if resource.properties.read("artifactType") == "LIBRARY_MAVEN":
            if artifact.count(":") < 2 or artifact.endswith(":"):
                yield Finding(f"{matcher.path} allows every version of {artifact or 'everything'}", how)
        elif not re.match(r"(?i)^/volumes/[^/]+/[^/]+/[^/]+", artifact):
            yield Finding(f"{matcher.path} allows {artifact!r}, where more than few may put something", how)


RULE = Rule(
    "artifact-allowlist-is-narrow",
    "Shared compute loads scripts and libraries from protected places only.",
    Severity.HIGH,
    "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/allowlist.html",
    (Theme.CONFIGURATION, Theme.SUPPLY_CHAIN),
    (ARTIFACT_ALLOWLIST,),
    _check,
    Example(
        ARTIFACT_ALLOWLIST,
        {
            "artifactType": "INIT_SCRIPT",
            "artifactMatchers": [{"artifact": "/Volumes/acme/platform/scripts/", "matchType": "PREFIX_MATCH"}],
        },
        (
            put("artifactMatchers.0.artifact", "/"),
            put("artifactMatchers.0.artifact", "dbfs:/scripts/"),
            put("artifactType", "LIBRARY_MAVEN"),
        ),
        ("artifactMatchers", "artifactMatchers.0", "artifactMatchers.0.artifact", "artifactType"),
    ),
)
