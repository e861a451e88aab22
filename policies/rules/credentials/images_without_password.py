from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import is_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import CLUSTER, INSTANCE_POOL, JOB
from rolecall.policies.written_secrets import images_of

RULE = Rule(
    "images-without-password",
    "No password for a registry of images is written down.",
    Severity.HIGH,
    "https://docs.databricks.com/en/compute/custom-containers.html",
    (Theme.CREDENTIALS,),
    (INSTANCE_POOL, CLUSTER, JOB),
    refuse(
        is_set("basicAuth"),
        "{part}.basicAuth is a password for a registry",
        "Let the cloud's identity fetch the image, or use a registry of the workspace.",
        images_of,
    ),
    Example(
        INSTANCE_POOL,
        compliant.POOL_WITH_IMAGE,
        (put("preloadedDockerImages.0.basicAuth", {"username": "u", "password": "p"}),),
        ("preloadedDockerImages", "preloadedDockerImages.0"),
    ),
)
