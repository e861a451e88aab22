"""The page that a benchmark writes: what was measured, in tables and plots, and what is slower than the peer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence

from tests.benchmarks.deployment import COMPARED, CREATE, ROLECALL, TERRAFORM, Measured

Value = Callable[[Measured], float]
VALUES: Mapping[str, tuple[Value, str]] = {
    "Wall time, seconds": (lambda one: one.cost.wall, "{:,.1f}"),
    "CPU time of all processes, seconds": (lambda one: one.cost.cpu, "{:,.1f}"),
    "Peak memory of all processes, MB": (lambda one: one.cost.memory / 1e6, "{:,.0f}"),
    "Requests": (lambda one: one.calls, "{:,.0f}"),
    "Writes among them": (lambda one: one.writes, "{:,.0f}"),
}
# Where the numbers are written that a person has put into words since.
KEPT_FROM = "<!-- From here on by hand; `make benchmark` leaves it as it is. -->"


def page(measured: Sequence[Measured], start_ups: Iterable[tuple[str, float]], machine: str, method: str) -> str:
    """Return the measured part of the document.

    Args:
        measured: what each step cost each tool.
        start_ups: the seconds that each command takes to begin.
        machine: where it was measured.
        method: how, in a few sentences.
    """
    sizes = sorted({one.resources for one in measured})
    lines = [
        "# Performance",
        "",
        "<!-- Written by `make benchmark` up to the mark below; measure again instead of editing. -->",
        "",
        machine,
        "",
        method,
        "",
        *_ratios(measured, sizes),
        *_slopes(measured, sizes),
    ]
    for title, (value, form) in VALUES.items():
        lines += [f"## {title}", "", *_table(measured, sizes, value, form), ""]
    lines += ["## Start of each command, seconds", "", "| command | seconds |", "| --- | ---: |"]
    lines += [f"| `rolecall {name}` | {seconds:.2f} |" for name, seconds in start_ups]
    return "\n".join([*lines, "", KEPT_FROM, ""])


def _of(measured: Iterable[Measured], tool: str, size: int, step: str) -> Measured | None:
    return next((one for one in measured if (one.tool, one.resources, one.step) == (tool, size, step)), None)


def _table(measured: Sequence[Measured], sizes: Sequence[int], value: Value, form: str) -> list[str]:
    tools = [tool for tool in (ROLECALL, TERRAFORM) if any(one.tool == tool for one in measured)]
    columns = [
        (tool, size) for size in sizes for tool in tools if any(_of(measured, tool, size, step) for step in COMPARED)
    ]
    lines = [f"| step | {' | '.join(f'{tool}, {size:,}' for tool, size in columns)} |"]
    lines.append(f"| --- |{' ---: |' * len(columns)}")
    for step in dict.fromkeys(one.step for one in measured):
        cells = [_of(measured, tool, size, step) for tool, size in columns]
        lines.append(f"| {step} | {' | '.join(form.format(value(one)) if one else '' for one in cells)} |")
    return lines


def _ratios(measured: Sequence[Measured], sizes: Sequence[int]) -> list[str]:
    """Return how Rolecall compares with the peer, and what is slower."""
    both = [size for size in sizes if _of(measured, TERRAFORM, size, CREATE)]
    if not both:
        return ["Terraform is not installed here, so nothing was compared.", ""]
    lines = [
        "## Compared with Terraform",
        "",
        "Wall time and peak memory as a share of Terraform's: below 1.0 is faster, or smaller.",
        "",
        f"| step | {' | '.join(f'time, {size:,} | memory, {size:,}' for size in both)} |",
        f"| --- |{' ---: | ---: |' * len(both)}",
    ]
    slower: list[str] = []
    for step in COMPARED:
        cells = []
        for size in both:
            ours, theirs = _of(measured, ROLECALL, size, step), _of(measured, TERRAFORM, size, step)
            assert ours is not None
            assert theirs is not None
            time, memory = ours.cost.wall / theirs.cost.wall, ours.cost.memory / theirs.cost.memory
            cells += [f"{time:.2f}", f"{memory:.2f}"]
            slower += [f"{step} at {size:,} ({time:.2f})"] if time > 1 else []
        lines.append(f"| {step} | {' | '.join(cells)} |")
    summary = (
        f"Slower than Terraform: {'; '.join(slower)}." if slower else "Nothing in this table is slower than Terraform."
    )
    return [*lines, "", summary, "", *_plot(measured, both)]


def _plot(measured: Sequence[Measured], sizes: Sequence[int]) -> list[str]:
    lines = []
    for size in sizes:
        pairs = [(_of(measured, tool, size, step), step) for tool in (ROLECALL, TERRAFORM) for step in COMPARED]
        walls = [f"{one.cost.wall:.1f}" for one, _ in pairs if one]
        half = len(COMPARED)
        names = ", ".join(f'"{step}"' for step in COMPARED)
        lines += [
            "```mermaid",
            "xychart-beta",
            f'  title "{size:,} resources: seconds, Rolecall as bars, Terraform as the line"',
            f"  x-axis [{names}]",
            '  y-axis "seconds"',
            f"  bar [{', '.join(walls[:half])}]",
            f"  line [{', '.join(walls[half:])}]",
            "```",
            "",
        ]
    return lines


def _slopes(measured: Sequence[Measured], sizes: Sequence[int]) -> list[str]:
    """Return how cost grows with size: the exponent between the smallest and the largest one."""
    if len(sizes) < 2:
        return []
    first, last = sizes[0], sizes[-1]
    lines = [
        "## How cost grows",
        "",
        f"Exponents between {first:,} and {last:,} resources: 1.0 means that each resource costs the same at any size.",
        "",
        "| step | wall | CPU |",
        "| --- | ---: | ---: |",
    ]
    for step in dict.fromkeys(one.step for one in measured if one.tool == ROLECALL):
        small, large = _of(measured, ROLECALL, first, step), _of(measured, ROLECALL, last, step)
        if small is not None and large is not None:
            lines.append(
                f"| {step} | {_exponent(small, large, lambda one: one.cost.wall):.2f} "
                f"| {_exponent(small, large, lambda one: one.cost.cpu):.2f} |"
            )
    per = [f"{one.cost.wall / size * 1000:.0f}" for size in sizes if (one := _of(measured, ROLECALL, size, CREATE))]
    names = ", ".join(f'"{size:,}"' for size in sizes if _of(measured, ROLECALL, size, CREATE))
    plot = [
        "```mermaid",
        "xychart-beta",
        f'  title "{CREATE}: milliseconds for each resource"',
        f"  x-axis [{names}]",
        '  y-axis "milliseconds" 0 --> ' + str(max(int(float(one)) for one in per) + 20),
        f"  line [{', '.join(per)}]",
        "```",
    ]
    return [*lines, "", *plot, ""]


def _exponent(small: Measured, large: Measured, value: Value) -> float:
    return math.log(value(large) / value(small)) / math.log(large.resources / small.resources)
