"""Who calls through a multicluster gateway is unknown, never equal."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.systems.kubernetes.mesh.compilation import MeshService
from rolecall.systems.kubernetes.multicluster import exported

SERVICES = [
    MeshService("scorer", "dev-fraud", "mark", 8080, {"app": "scorer", "tier": "web"}),
    MeshService("other", "dev-fraud", "mark", 8080, {"app": "other"}),
]


def service(
    selector: dict[str, str] | None, exported_as: str | None = "true", namespace: str = "dev-fraud"
) -> dict[str, Any]:
    labels = {"mirror.linkerd.io/exported": exported_as} if exported_as else {}
    spec = {} if selector is None else {"selector": selector}
    return {"metadata": {"name": "svc", "namespace": namespace, "labels": labels}, "spec": spec}


@pytest.mark.parametrize(
    ("live", "names"),
    [
        (service({"app": "scorer"}), ["scorer"]),
        (service({"app": "scorer", "tier": "web", "version": "2"}), ["scorer"]),
        (service({"app": "elsewhere"}), []),
        (service({"app": "scorer"}, None), []),
        (service({"app": "scorer"}, "remote-discovery"), []),
        (service({"app": "scorer"}, namespace="prod-fraud"), []),
        (service(None), ["scorer", "other"]),
    ],
)
def test_a_service_that_a_gateway_exports_is_found_by_the_pods_that_it_selects(
    live: dict[str, Any], names: list[str]
) -> None:
    assert [(one.name, name) for one, name in exported(SERVICES, [live])] == [(one, "svc") for one in names]
