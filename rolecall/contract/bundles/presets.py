"""What the mode and the presets of a target do to a job (resourcemutator/apply_target_mode.go, apply_presets.go)."""

from __future__ import annotations

from typing import Any

from rolecall.contract.bundles.conversion import text_of
from rolecall.contract.bundles.nodes import Node

_DEVELOPMENT = "development"
_CONCURRENT_RUNS = 4
_TRIGGERS = ("schedule", "continuous", "trigger")


def with_presets(job: Node, presets: Node, mode: Any) -> Node:
    """Return a job with the presets of its target.

    What the mode `development` calls a job after its developer, the prefix `[dev ada]` and the tag `dev`, is left out:
    the environment's name prefixes each deployed job; there are no personal copies.

    Args:
        job: the job.
        presets: the presets that the bundle and its target write.
        mode: the target's mode.
    """
    prefix = presets.get("name_prefix").value
    if prefix and isinstance(job.get("name").value, str):
        job = job.with_entry("name", Node(f"{text_of(prefix)}{job.get('name').value}", job.get("name").place))
    tags = {key: one for key, one in presets.get("tags").items() if not job.get("tags", key).value}
    if tags:
        job = job.with_entry("tags", Node({**dict(job.get("tags").items()), **tags}, job.get("tags").place))
    runs = presets.get("jobs_max_concurrent_runs")
    if not runs.value and mode == _DEVELOPMENT:
        runs = Node(_CONCURRENT_RUNS)
    if runs.value and not job.get("max_concurrent_runs").value:
        job = job.with_entry("max_concurrent_runs", runs)
    status = presets.get("trigger_pause_status")
    if not status.value and mode == _DEVELOPMENT:
        status = Node("PAUSED")
    if status.value:
        paused = Node("UNPAUSED" if text_of(status.value).upper() == "UNPAUSED" else "PAUSED", status.place)
        for key in _TRIGGERS:
            if isinstance(job.get(key).value, dict) and not job.get(key, "pause_status").value:
                job = job.with_entry(key, job.get(key).with_entry("pause_status", paused))
    return job
