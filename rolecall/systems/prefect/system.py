"""Prefect as a system that parity reads, and that triggers jobs."""

from __future__ import annotations

from rolecall.systems.orchestrator import orchestrator_system

SYSTEM = orchestrator_system("prefect", "Prefect", "PREFECT_API_URL")
