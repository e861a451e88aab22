"""Services in Kubernetes: a port of pods in the mesh, and the workloads that may call it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rolecall.ids.model import Model
from rolecall.ids.name_types import KubernetesName, LabelKey, LabelValue, Name, UrlPath
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import CALLERS, Access
from rolecall.kinds.named_objects import refers_by
from rolecall.kinds.spec import KindSpec, Naming, Scope, dashed

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
# Protocols of which requests have routes; connections of the others are admitted as a whole.
ROUTED = ("HTTP/1", "HTTP/2")


class Route(Model):
    """Requests that callers may send."""

    path: UrlPath
    """beginning of the path, in whole segments"""
    methods: list[Method] = Field(default_factory=list)
    """methods; without any, all"""


class Service(Adjustable):
    """A port of a project's pods in the mesh. Workloads whose service principal may `run` it may call it; no others."""

    runs_as: Name
    """the service principal of the project whose service account its pods have"""
    port: Annotated[int, Field(ge=1, le=65_535)]
    """the port on which the pods listen"""
    labels: Annotated[dict[LabelKey, LabelValue], Field(min_length=1)]
    """labels of its pods"""
    protocol: Literal["HTTP/1", "HTTP/2", "gRPC", "opaque"] = "HTTP/1"
    """the protocol; `opaque` for any other than HTTP"""
    routes: dict[KubernetesName, Route] = Field(default_factory=dict)
    """requests that callers may send; without any, all"""
    probes: list[UrlPath] = Field(default_factory=list)
    """paths that the kubelet probes by GET"""
    enforcement: Literal["audit", "enforce"] = "enforce"
    """whether other clients are refused, or only recorded"""


SERVICE = KindSpec[Service](
    name=Kind.SERVICE,
    noun="service",
    docs="https://linkerd.io/2/reference/authorization-policy/",
    section="services",
    summary="ports of pods in a Kubernetes mesh, and who may call them",
    key=KubernetesName,
    model=Service,
    system="kubernetes",
    held_by_groups=False,
    refers=refers_by({"runs_as": "service_principals"}),
    scope=Scope.CLUSTER,
    naming=Naming(dashed),
    access=Access(CALLERS, "services", "meshService"),
    verbs={Verb.RUN: "call"},
    without_verb={},
    data=None,
)
