"""A trace is a file of events that Perfetto opens: https://ui.perfetto.dev."""

from __future__ import annotations

import json
from pathlib import Path

from rolecall import trace


def test_spans_become_complete_events_on_named_tracks(tmp_path: Path) -> None:
    path = tmp_path / "trace.json"
    trace.write(path)
    with trace.span("compile"), trace.span("up: new", "dev.churn", resources=3):
        pass
    trace.write(path)
    events = json.loads(path.read_text())["traceEvents"]
    names = {one["tid"]: one["args"]["name"] for one in events if one["ph"] == "M"}
    spans = {one["name"]: one for one in events if one["ph"] == "X"}
    assert {names[one["tid"]] for one in spans.values()} == {"rolecall", "dev.churn"}
    assert spans["up: new"]["args"] == {"resources": 3}
    assert spans["compile"]["dur"] >= spans["up: new"]["dur"] >= 0
    trace.write(path)
    assert json.loads(path.read_text())["traceEvents"] == [], "nothing is told twice"
