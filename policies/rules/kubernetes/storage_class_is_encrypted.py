from __future__ import annotations

from collections.abc import Iterator, Mapping

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.example import put, without
from rolecall.policies.kubernetes import STORAGE, object_rule, of_kinds
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding

PREFIX = "csi.storage.k8s.io/"
# The namespaces of the cluster's own parts, whose Secrets are no project's.
SHARED = ("longhorn-system", "kube-system", "default")


def _check(properties: Properties) -> Iterator[Finding]:
    found = properties.read("content.parameters")
    parameters = found if isinstance(found, Mapping) else {}
    if str(parameters.get("encrypted")) != "true":
        yield Finding("content.parameters has no `encrypted: true`", "Encrypt the volumes of the class.")
    for user in ("node-stage", "node-publish"):
        name, namespace = (str(parameters.get(f"{PREFIX}{user}-secret-{part}") or "") for part in ("name", "namespace"))
        if not name or not namespace:
            yield Finding(f"content.parameters names no Secret for {user}", "Name the Secret with the project's key.")
        elif namespace in SHARED:
            how = "Keep the key in the project's namespace: who may read the Secret decrypts the volumes."
            yield Finding(f"the key of content.parameters is in namespace {namespace}", how)


RULE = object_rule(
    "storage-class-is-encrypted",
    "Volumes of a project are encrypted with a key in the project's own namespace.",
    "https://longhorn.io/docs/1.9.0/advanced-resources/security/volume-encryption/",
    (Theme.ENCRYPTION,),
    of_kinds(STORAGE, ("StorageClass",), _check),
    compliant.STORAGE_CLASS,
    (
        put("content.parameters", {**compliant.STORAGE_CLASS["content"]["parameters"], "encrypted": "false"}),
        put("content.parameters", {"encrypted": "true"}),
        put(
            "content.parameters",
            {
                **compliant.STORAGE_CLASS["content"]["parameters"],
                "csi.storage.k8s.io/node-stage-secret-namespace": "longhorn-system",
            },
        ),
        without("content.parameters"),
        without("content"),
    ),
    ("content.parameters",),
)
