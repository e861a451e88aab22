"""The system Kubernetes: workloads in a mesh, and who may call them."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.access.effective import Access
from rolecall.access.observation import Observation, Role
from rolecall.contract.contract import Contract
from rolecall.kinds.registry import BY_NAME
from rolecall.plugins import Lazy
from rolecall.systems.spec import packaged

NAME = "kubernetes"
DOES_NOT_READ = (
    "rights that Kubernetes and Linkerd give their own users and service accounts by default",
    "callers behind multicluster gateways: the mesh identity that arrives is the gateway's",
    "volumes that Longhorn has without a claim, and copies of volumes at backup targets",
    "rights on a single claim that another authorizer than RBAC grants to a subject without a grant on it",
    "single actions that another authorizer than RBAC grants to one service account: one of each power is asked for",
    "custom resources whose controllers make pods, and who may write them",
    "members of groups that the API server's authenticators send, and client certificates that were handed out",
    "access to nodes, to etcd and to the images of pods; pods of other namespaces with rights on their node",
    "headers and parameters of requests in routes, and rate limits",
)


def _observe(contract: Contract, given: Access, environments: tuple[str, ...], _: Mapping[str, str]) -> Observation:
    from rolecall.systems.kubernetes.observe import observe

    return observe(contract, given, environments)


def _given(_: Contract, access: Access) -> Access:
    return {target: held for target, held in access.items() if BY_NAME[target.kind].system == NAME}


def _concerns(contract: Contract) -> bool:
    from rolecall.systems.kubernetes.manifests import has_objects

    return any(
        has_objects(contract, environment, project)
        for environment in contract.environments
        for project in contract.projects
    )


SPEC = packaged(
    "rolecall.systems.kubernetes",
    NAME,
    _observe,
    title="Kubernetes",
    variables=("CLUSTER_ISSUER",),
    role=Role.CLUSTER,
    given=_given,
    concerns=_concerns,
    does_not_read=DOES_NOT_READ,
    pace=Lazy("rolecall.systems.kubernetes.client", "PACE"),
)
