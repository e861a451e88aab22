"""A live object compared with its declaration: pure functions over JSON.

What the server alone sets is left out by kind, and all else counts. Field ownership says whose a difference is, never
whether it is one: a client that may write an object may also rewrite `managedFields`.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from rolecall.systems.kubernetes.api_kinds import ApiKind
from rolecall.systems.kubernetes.ownership import CLUSTER, MANAGED_BY, MANAGER, OWNER

Object = Mapping[str, Any]
Path = tuple[str, ...]

# Labels and annotations by which Linkerd's injector, policy controller and proxies decide: all of them are compared.
WATCHED = (
    *("linkerd.io/", "config.linkerd.io/", "retry.linkerd.io/", "timeout.linkerd.io/"),
    "pod-security.kubernetes.io/",
)
# Fields of every object that are no content.
_FRAME = frozenset({"apiVersion", "kind", "metadata", "status"})
_NAME_LABEL = "kubernetes.io/metadata.name"
_LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def content_of(kind: ApiKind, found: Object) -> dict[str, Any]:
    """Return an object without its names, marks and status, and without what the server sets."""
    content = {key: value for key, value in found.items() if key not in _FRAME | kind.assigned}
    inner = [(path, None) for path in kind.assigned if "." in path]
    for path, default in (*inner, *kind.defaulted):
        parent, _, child = path.partition(".")
        value = (content.get(parent) or {}).get(child)
        if value is not None and default in (None, value):
            content[parent] = {key: one for key, one in content[parent].items() if key != child}
    return content


def owner_of(found: Object) -> str:
    """Return the mark of ownership of an object; empty where a part of it is missing."""
    metadata = found["metadata"]
    labelled = (metadata.get("labels") or {}).get(MANAGED_BY) == MANAGER
    return str((metadata.get("annotations") or {}).get(OWNER, "")) if labelled else ""


def labels_of(found: Object, declared: Collection[str] | None) -> dict[str, str]:
    """Return the labels that count: those that are declared, and those by which the mesh decides.

    Args:
        found: the object.
        declared: the keys that are declared; None for all.
    """
    return _counted(found["metadata"].get("labels"), declared, {MANAGED_BY, _NAME_LABEL})


def annotations_of(found: Object, declared: Collection[str] | None) -> dict[str, str]:
    """Return the annotations that count, as `labels_of` does."""
    return _counted(found["metadata"].get("annotations"), declared, {OWNER, CLUSTER, _LAST_APPLIED})


def _counted(found: Object | None, declared: Collection[str] | None, left_out: set[str]) -> dict[str, str]:
    return {
        key: str(value)
        for key, value in (found or {}).items()
        if key not in left_out and (declared is None or key in declared or key.startswith(WATCHED))
    }


def differing(declared: Any, live: Any, at: Path = ()) -> Iterator[Path]:
    """Yield the path of each field that differs; a list is one field."""
    if isinstance(declared, Mapping) and isinstance(live, Mapping):
        for key in sorted({*declared, *live}):
            yield from differing(declared.get(key), live.get(key), (*at, key))
    elif declared != live:
        yield at


def merge_patch(declared: Any, live: Any) -> Any:
    """Return the merge patch (RFC 7386) from the live object to the declared one."""
    if not (isinstance(declared, Mapping) and isinstance(live, Mapping)):
        return declared
    changed = {key: merge_patch(declared.get(key), live.get(key)) for key in {*declared, *live}}
    return {key: value for key, value in changed.items() if declared.get(key) != live.get(key)}


def managers_of(found: Object, path: Path, own: str) -> set[str]:
    """Return the field managers, without our own, that own a field or something in it."""
    return {
        str(entry.get("manager") or "")
        for entry in found["metadata"].get("managedFields") or []
        if entry.get("manager") != own and _owns(entry.get("fieldsV1") or {}, path)
    }


def _owns(fields: Object, path: Path) -> bool:
    for part in path:
        inner = fields.get(f"f:{part}")
        if inner is None:
            return False
        if not inner:
            return True
        fields = inner
    return True
