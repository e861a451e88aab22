"""A pod's access to its node, which exposes volumes and tokens of other projects' pods there.

The levels are those of Kubernetes: https://kubernetes.io/docs/concepts/security/pod-security-standards/. Linkerd's
init container needs two capabilities that the level `baseline` refuses, unless its CNI plugin is installed:
https://linkerd.io/2/features/cni/.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Object = Mapping[str, Any]
ENFORCE = "pod-security.kubernetes.io/enforce"
NAMESPACES_OF_NODE = ("hostNetwork", "hostPID", "hostIPC")
CONTAINERS = ("containers", "initContainers", "ephemeralContainers")
INIT, INIT_CAPABILITIES = "linkerd-init", ("NET_ADMIN", "NET_RAW")
# Capabilities allowed by the level `baseline`.
CAPABILITIES = (
    *("AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE"),
    *("SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT"),
)
MESSAGE = "a pod has no access to its node: no host namespaces or directories, not privileged, default capabilities"


def privileges(pod: Object) -> Iterator[str]:
    """Yield a pod's kinds of access to its node."""
    spec = pod.get("spec") or {}
    yield from (one for one in NAMESPACES_OF_NODE if spec.get(one))
    yield from (f"directory {one['hostPath'].get('path')}" for one in spec.get("volumes") or [] if one.get("hostPath"))
    for container in (one for field in CONTAINERS for one in spec.get(field) or []):
        settings, name = container.get("securityContext") or {}, str(container.get("name"))
        if settings.get("privileged"):
            yield f"privileged container {name}"
        if settings.get("procMount") not in (None, "Default"):
            yield f"procMount of container {name}"
        allowed = {*CAPABILITIES, *(INIT_CAPABILITIES if name == INIT else ())}
        added = sorted({*((settings.get("capabilities") or {}).get("add") or [])} - allowed)
        if added:
            yield f"capabilities {', '.join(added)} of container {name}"


def unprivileged() -> str:
    """Return a CEL expression: a pod has no access to its node."""
    spec = "object.spec"
    own = [f"(!has({spec}.{one}) || !{spec}.{one})" for one in NAMESPACES_OF_NODE]
    volumes = f"(!has({spec}.volumes) || {spec}.volumes.all(one, !has(one.hostPath)))"
    return " && ".join([*own, volumes, *(every_container(field, _container()) for field in CONTAINERS)])


def every_container(field: str, condition: str) -> str:
    """Return a CEL expression: all containers in a field of a pod meet a condition on `one`."""
    return f"(!has(object.spec.{field}) || object.spec.{field}.all(one, {condition}))"


def _container() -> str:
    settings = "one.securityContext"
    added = f"{settings}.capabilities.add"
    init = f"(one.name == '{INIT}' && each in {json.dumps([*INIT_CAPABILITIES])})"
    return (
        f"!has({settings}) || ("
        f"(!has({settings}.privileged) || !{settings}.privileged) && "
        f"(!has({settings}.procMount) || {settings}.procMount == 'Default') && "
        f"(!has({settings}.capabilities) || !has({added}) || "
        f"{added}.all(each, each in {json.dumps([*CAPABILITIES])} || {init})))"
    )
