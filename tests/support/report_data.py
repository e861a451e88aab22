"""Data of access reports of any size, without a contract."""

from __future__ import annotations

from rolecall.report.page import (
    FindingEntry,
    GraphEntry,
    MatrixEntry,
    ObjectEntry,
    Page,
    State,
    SubjectEntry,
    TableEntry,
    Verdict,
)

ENVIRONMENTS = ("dev", "prod")
NOTHING = TableEntry(("a",), ())


def large_page(grants: int, *, red_every: int = 997, name: str = "group-{:03d}") -> Page:
    """Return a page of so many grants: subjects with a right each on every object, in two systems.

    Args:
        grants: the number of rows.
        red_every: every row of this distance differs in the second system.
        name: the pattern of the subjects' names.
    """
    count = 50
    subjects = [SubjectEntry(name.format(number), "group", name.format(number), "", number) for number in range(count)]
    person = len(subjects)
    subjects.append(SubjectEntry("ada@acme.example", "person", "ada@acme.example (person)", "", -1))
    subjects[3] = SubjectEntry(subjects[3].name, "group", subjects[3].label, "", 3, people=(person,))
    size = -(-grants // count)
    objects = [
        ObjectEntry(
            "job", f"project/{number:04d}", "prod" if number % 2 else "dev", bool(number % 2), {"run": count + number}
        )
        for number in range(size)
    ]
    cells = ((State.NOTHING, "", ""), (State.EQUAL, "run", "run"), (State.DIFFERENT, "run", "manage"))
    rows: list[tuple[int, ...]] = []
    links: dict[str, tuple[int, ...]] = {}
    findings: list[FindingEntry] = []
    for number in range(grants):
        target, subject = divmod(number, count)
        red = number % red_every == red_every - 1
        if red:
            links[f"{number}:1"] = (len(findings),)
            about = f"job project/{target:04d}"
            who = subjects[subject].name
            findings.append(
                FindingEntry(
                    "different", "access", "mirror", about, who, "run", "manage", "", "", True, subject, target
                )
            )
        rows.append((target, subject, 1, 2 if red else 1))
    nodes = [(number, -1, "", 0) for number in range(count)] + [(-1, number, "run", 1) for number in range(size)]
    edges = [(row[1], count + row[0], 1, 2, 0) for row in rows]
    return Page(
        organization="acme",
        written="2026-11-20 09:30 UTC",
        verdict=Verdict("different", f"No parity: {len(findings)} findings", ""),
        evidence=(("Organization", "acme"),),
        reading=NOTHING,
        not_read=(),
        subjects=tuple(subjects),
        objects=tuple(objects),
        findings=tuple(findings),
        matrix=MatrixEntry(("databricks", "mirror"), cells, tuple(rows), links),
        graph=GraphEntry(tuple(nodes), tuple(edges), ("", "may", "role runner, contract.yaml:7"), ()),
        groups=None,
        jobs=None,
        escalations=NOTHING,
        expiring=NOTHING,
        exemptions=NOTHING,
        others=NOTHING,
    )
