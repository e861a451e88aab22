"""Volumes in Kubernetes: claims in a project's namespace, and who may mount, change and delete them."""

from __future__ import annotations

from rolecall.ids.name_types import KubernetesName
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import CLAIMS, Access
from rolecall.kinds.spec import KindSpec, Naming, Scope, dashed


class PersistentVolume(Adjustable):
    """A PersistentVolumeClaim that the project's workloads make; its key is the claim's name.

    A service account that may `view` it mounts it read-only, and one that may `edit` it mounts it.
    """

    sensitivity: KubernetesName
    """a sensitivity of the cluster's `longhorn`: the claim has its encrypted storage class"""


PERSISTENT_VOLUME = KindSpec[PersistentVolume](
    Kind.PERSISTENT_VOLUME,
    "https://kubernetes.io/docs/concepts/storage/persistent-volumes/",
    "claims of volumes in Kubernetes, and who may mount, change and delete them",
    PersistentVolume,
    key=KubernetesName,
    system="kubernetes",
    scope=Scope.CLUSTER,
    naming=Naming(dashed),
    access=Access(CLAIMS, "persistentvolumeclaims", "claim"),
    # Verbs of Kubernetes on the claim.
    verbs={Verb.VIEW: "get", Verb.EDIT: "patch update", Verb.MANAGE: "delete"},
    without_verb={
        "list": "it shows all claims of the namespace",
        "watch": "it shows all claims of the namespace",
        "create": "it is about no single claim",
        "deletecollection": "it deletes all claims of the namespace",
    },
    # Workloads make the claims, and Rolecall deletes none.
    data=None,
)
