"""Harness as a system that parity reads, and that triggers jobs."""

from __future__ import annotations

from rolecall.systems.orchestrator import orchestrator_system

DOES_NOT_READ = (
    "triggers and webhooks",
    "secrets and connectors that hold credentials of Databricks",
    "API keys of service accounts and people",
)
SYSTEM = orchestrator_system("harness", "Harness", "HARNESS_ENDPOINT", DOES_NOT_READ)
