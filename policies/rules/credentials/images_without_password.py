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
        if image.is_set("basicAuth"):
            how = "Let the cloud's identity fetch the image, or use a registry of the workspace."
            yield Finding(f"{image.path}.basicAuth is a password for a registry", how)


RULE = Rule(
    "images-without-password",
    "No password for a registry of images is written down.",
    (INSTANCE_POOL, CLUSTER),
    _check,
    Severity.HIGH,
    "https://docs.databricks.com/en/compute/custom-containers.html",
    themes=(Theme.CREDENTIALS,),
    example=Example(
        INSTANCE_POOL,
        compliant.POOL_WITH_IMAGE,
        (put("preloadedDockerImages", 0, "basicAuth", value={"username": "u", "password": "p"}),),
        (("preloadedDockerImages",), ("preloadedDockerImages", 0)),
    ),
)
