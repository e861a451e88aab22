"""Attaches engines to running providers, so that they start none of their own."""

from __future__ import annotations

from collections.abc import Mapping

# https://www.pulumi.com/docs/iac/extending-pulumi/debugging-provider-packages/
VARIABLE = "PULUMI_DEBUG_PROVIDERS"


def attach_to(ports: Mapping[str, int]) -> dict[str, str]:
    """Return what an engine needs in its environment to attach to providers, by their names, on this machine."""
    return {VARIABLE: ",".join(f"{name}:{port}" for name, port in ports.items())} if ports else {}
