"""Prefect as a system that parity reads, and that triggers jobs."""

from __future__ import annotations

from rolecall.systems.orchestrator import orchestrator_system

DOES_NOT_READ = (
    "webhooks and schedules of deployments",
    "blocks that hold credentials of Databricks",
    "API keys of service accounts and people",
)
SYSTEM = orchestrator_system("prefect", "Prefect", "PREFECT_API_URL", DOES_NOT_READ)
