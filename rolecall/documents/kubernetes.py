"""Documents about Kubernetes."""

from __future__ import annotations

from typing import Any

from pydantic import with_config
from typing_extensions import TypedDict  # pydantic requires it before Python 3.12

from rolecall.documents.document import DOCUMENT, Document


@with_config(DOCUMENT)
class ManifestRow(TypedDict):
    """An object of a cluster."""

    environment: str
    """the environment"""
    project: str | None
    """the project; null for rules of the whole cluster"""
    cluster: str
    """the cluster's name in the contract"""
    manifest: dict[str, Any]
    """the object as Kubernetes reads it"""


@with_config(DOCUMENT)
class Manifests(Document):
    """The result of `rolecall manifests`."""

    manifests: list[ManifestRow]
    """the objects, in the order in which they are applied"""


@with_config(DOCUMENT)
class RefusalRow(TypedDict):
    """Requests or connections that enforcing would refuse."""

    namespace: str
    """the namespace of the pods; empty where the metrics do not name it"""
    server: str
    """the Server of the port; empty for a port without one"""
    route: str
    """the route of the requests; empty for connections"""
    client: str
    """the mesh identity of the client; empty without one"""
    count: int
    """how many"""
    judged: bool
    """whether the contract has the service; otherwise it is unknown"""
    because: str
    """why"""


@with_config(DOCUMENT)
class Refusals(Document):
    """The result of `rolecall refusals`."""

    refusals: list[RefusalRow]
    """what enforcing would have refused, or what is unknown"""


@with_config(DOCUMENT)
class MeshFindingRow(TypedDict):
    """A difference between a cluster and the contract."""

    kind: str
    """missing, extra, different or unknown"""
    namespace: str
    """the namespace"""
    service: str
    """the service; empty for the namespace as a whole"""
    client: str
    """the client; empty where it is about none"""
    what: str
    """the difference"""


@with_config(DOCUMENT)
class MeshComparison(Document):
    """The result of `rolecall mesh`."""

    equal: bool
    """whether nothing differs"""
    findings: list[MeshFindingRow]
    """the differences"""
