from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.compute import definition_of
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER, CLUSTER_POLICY, INSTANCE_POOL, JOB
from rolecall.policies.written_secrets import images_of


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for where, address in _addresses(resource):
        tag = address.rpartition("/")[2].partition(":")[2]
        if "@sha256:" not in address and tag.lower() in ("", "latest", "stable", "main", "master"):
            yield Finding(f"{where} references {address!r} without a digest or version", "Write its digest, @sha256:….")


def _addresses(resource: Resource) -> Iterator[tuple[str, str]]:
    """Yield the property path and reference of each container image, including a cluster policy's allowed images."""
    if resource.type != CLUSTER_POLICY:
        yield from ((image.path, str(image.read("url") or "")) for image in images_of(resource))
        return
    element = (definition_of(resource.properties) or {}).get("docker_image.url", {})
    if element.get("type") != "forbidden":
        offered = [element.get("value"), element.get("defaultValue"), *(element.get("values") or [])]
        yield from (("its element docker_image.url", str(one)) for one in offered if one is not None)


RULE = Rule(
    "images-are-pinned",
    "An image is named by its digest or by a version.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/compute/custom-containers.html",
    (Theme.SUPPLY_CHAIN,),
    (INSTANCE_POOL, CLUSTER, JOB, CLUSTER_POLICY),
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
