from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, INSTANCE_POOL
from rolecall.policies.written_secrets import images_of


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for image in images_of(resource):
        address = str(image.read("url") or "")
        tag = address.rpartition("/")[2].partition(":")[2]
        if "@sha256:" not in address and tag in ("", "latest", "stable", "main", "master"):
            yield Finding(f"{image.path} is whatever {address!r} is on that day", "Write its digest, @sha256:….")


RULE = Rule(
    "images-are-pinned",
    "An image is named by its digest or by a version.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/compute/custom-containers.html",
    (Theme.SUPPLY_CHAIN,),
    (INSTANCE_POOL, CLUSTER),
    _check,
    Example(
        INSTANCE_POOL,
        compliant.POOL_WITH_IMAGE,
        (
            put("preloadedDockerImages.0.url", "registry.acme.example/ml"),
            put("preloadedDockerImages.0.url", "registry.acme.example:5000/ml:latest"),
        ),
        ("preloadedDockerImages", "preloadedDockerImages.0", "preloadedDockerImages.0.url"),
    ),
)
