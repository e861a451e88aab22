"""The access graph at a million grants: building it, answering who can do something, and proving an invariant.

`python -m tests.benchmarks.access_graph` prints seconds and peak memory; docs/performance.md has them.
"""

from __future__ import annotations

import resource
import sys
import time

from rolecall.access.effective import Access
from rolecall.access.graph.certificate import fault, incoming
from rolecall.access.graph.graph import build
from rolecall.access.graph.invariants import decide
from rolecall.access.graph.questions import rights_on, who_can
from rolecall.access.graph.steps import Control, Link, Powers
from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Kind, Verb

GRANTS, OBJECTS, GROUPS = 1_000_000, 50_000, 2_000
VERBS = (Verb.VIEW, Verb.RUN, Verb.VIEW, Verb.EDIT)


def world(grants: int = GRANTS) -> tuple[Powers, Access]:
    """Return so many grants of groups on jobs, each of which runs as one of a thousand principals."""
    groups = [GroupId(f"group-{number}") for number in range(GROUPS)]
    powers = Powers()
    access: Access = {}
    objects = grants * OBJECTS // GRANTS
    for number in range(objects):
        environment = "prod" if number % 2 else "dev"
        target = ObjectId(environment, Kind.JOB, f"p{number % 500}", f"job-{number}")
        holders = [groups[(number * 17 + step * 101) % (GROUPS - 1)] for step in range(grants // objects)]
        principal = ServicePrincipalId(environment, f"p{number % 500}", "trainer")
        access[target] = {principal: Verb.RUN}
        access[target].update((group, VERBS[(number + step) % len(VERBS)]) for step, group in enumerate(holders))
        powers.controls[target].append(Control(Verb.EDIT, principal, "runs as", None))
    for number in range(0, GROUPS - 1, 7):
        powers.links[groups[number]].append(Link(groups[(number + 3) % (GROUPS - 1)], "is nested in", None))
    return powers, access


def measure(grants: int = GRANTS) -> dict[str, float]:
    """Return the seconds of each question, and the peak memory in MB, all of the world included."""
    powers, access = world(grants)
    started = time.perf_counter()
    graph = build(powers, access)
    found: dict[str, float] = {"grants": sum(map(len, access.values())), "build": time.perf_counter() - started}
    first = next(iter(access))
    started = time.perf_counter()
    answers = who_can(graph, rights_on(graph, [first], "edit"), 1)
    found["who-can"] = time.perf_counter() - started
    assert answers
    production = rights_on(graph, [target for target in access if target.environment == "prod"], "own")
    started = time.perf_counter()
    outsider = graph.actor(GroupId(f"group-{GROUPS - 1}"))
    proof = decide(graph, {outsider}, [[set(production)]], one_by_one=False)
    assert fault(proof.certificates[0], incoming(graph.edges)) is None
    found["proof"] = time.perf_counter() - started
    started = time.perf_counter()
    attack = decide(
        graph, {graph.actor(GroupId("group-0"))}, [[set(rights_on(graph, [first], "edit"))]], one_by_one=False
    )
    found["attack"] = time.perf_counter() - started
    assert attack.ways or attack.certificates
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


if __name__ == "__main__":
    for name, value in measure(int(sys.argv[1]) if len(sys.argv) > 1 else GRANTS).items():
        sys.stdout.write(f"{name:10} {value:,.2f}\n")
