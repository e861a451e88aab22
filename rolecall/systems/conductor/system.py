"""Conductor as a system that parity reads, and that triggers jobs."""

from __future__ import annotations

from rolecall.systems.orchestrator import orchestrator_system

DOES_NOT_READ = (
    "schedules, webhooks and event handlers",
    "secrets, environment variables and integrations that hold credentials of Databricks",
    "access keys of applications",
)
SYSTEM = orchestrator_system("conductor", "Conductor", "CONDUCTOR_SERVER_URL", DOES_NOT_READ)
