"""Services in Kubernetes: a port of pods in the mesh, and the workloads that may call it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

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


Duration = Annotated[
    str,
    StringConstraints(pattern=r"^[1-9][0-9]{0,5}(ms|s|m)$"),
    Field(description="a number with its unit: `400ms`, `2s`, `5m`"),
]
Status = Literal["5xx", "gateway-error"] | Annotated[int, Field(ge=400, le=599)]
_MILLISECONDS = {"ms": 1, "s": 1000, "m": 60_000}


def milliseconds(duration: str) -> int:
    """Return a duration in milliseconds."""
    number = duration.rstrip("ms")
    return int(number) * _MILLISECONDS[duration.removeprefix(number)]


class Retries(Model):
    """Which requests callers' proxies send again; bodies above 64 KiB never are."""

    statuses: Annotated[list[Status], Field(min_length=1)]
    """statuses of answers after which a request is sent again; `gateway-error` means 502 to 504"""
    limit: Annotated[int, Field(ge=1, le=10)] = 1
    """how often one request is sent again"""
    timeout: Duration | None = None
    """time limit of one try, after which the request is sent again"""


class Traffic(Model):
    """How callers' proxies send requests to a service: https://linkerd.io/2/reference/timeouts/."""

    service: KubernetesName | None = None
    """the Kubernetes Service of its pods; by default one with the service's name"""
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """port of the Kubernetes Service; by default the service's port"""
    timeout: Duration
    """time limit of a request with its answer, all tries included"""
    response_timeout: Duration | None = None
    """time limit of an answer"""
    idle_timeout: Duration | None = None
    """time limit of a silence"""
    retries: Retries | None = None
    """which requests are sent again"""


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
    traffic: Traffic | None = None
    """time limits and retries of callers' proxies; without it, they have none"""
    enforcement: Literal["audit", "enforce"] = "enforce"
    """whether other clients are refused, or only recorded"""


SERVICE = KindSpec[Service](
    Kind.SERVICE,
    "https://linkerd.io/2/reference/authorization-policy/",
    "ports of pods in a Kubernetes mesh, and who may call them",
    Service,
    key=KubernetesName,
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
