"""The data of a report: verdict, evidence, findings of the contract, people, the graph."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import rustworkx

from rolecall.access.graph.graph import build
from rolecall.access.graph.powers import powers_of
from rolecall.access.observation import Role, Unmanaged
from rolecall.compiled import compile_file
from rolecall.ids.verbs import Verb
from rolecall.policies.exemptions import Exemption, Exemptions
from rolecall.report.compose import compose
from rolecall.report.graph import ONLY_CONTRACT, ONLY_LIVE, access_graph, columns_of
from rolecall.report.page import Page
from rolecall.report.sources import Sources
from tests.support.contracts import CONTRACT, TODAY, VARIABLES, compiled, write
from tests.support.reports import MADE, Answers, copied, page_of, sources
from tests.unit.report.test_matrix import ANALYSTS, DEV_JOB, EVE, JOB

IDENTITY = "identity: {provider: okta, issuer: https://acme.okta.com, application: 0oa1}\n"
OKTA = CONTRACT.replace("workspaces:\n", f"{IDENTITY}workspaces:\n", 1)
ESCALATING = CONTRACT.replace("roles:\n", "roles:\n  user: [{may: run, kind: service_principal}]\n").replace(
    "  - {role: viewer,", "  - {role: user, to: analysts, in: [prod]}\n      - {role: viewer,"
)


def evidence(page: Page) -> dict[str, str]:
    return dict(page.evidence)


def test_without_live_access_the_report_says_so_and_lists_every_system_as_not_read(tmp_path: Path) -> None:
    page = page_of(tmp_path, CONTRACT)
    assert page.verdict.state == "not-compared"
    assert "Not compared with live" in page.verdict.sentence
    assert page.not_read == ("databricks: nothing was read (the report was written without --live)",)
    assert evidence(page)["Systems"].startswith("none was read")
    assert page.groups is None
    assert [row[0] for row in page.reading.rows] == ["not-compared"]


def test_a_failed_way_is_unknown_although_every_right_is_equal(tmp_path: Path) -> None:
    page = page_of(tmp_path, CONTRACT, [Answers(refused=("shares: 403",))])
    assert page.verdict.state == "unknown"
    assert page.exit_code == 3
    assert any("shares: 403" in line for line in page.not_read)
    assert any("shares: 403" in line for line in page.graph.incomplete)


def test_ways_that_are_never_read_are_in_the_verdict_and_the_evidence(tmp_path: Path) -> None:
    answers = Answers()
    made = sources(tmp_path, CONTRACT, [answers])
    assert made.parity is not None
    page = compose(replace(made, parity=replace(made.parity, never_read=("databricks: dashboards",))))
    assert page.verdict.state == "equal"
    assert "1 way" in page.verdict.remark
    assert page.not_read == ("databricks: dashboards (Rolecall does not read it)",)


def test_evidence_names_who_when_where_and_what(tmp_path: Path) -> None:
    found = evidence(page_of(tmp_path, CONTRACT, [Answers()]))
    assert found["Written"] == "2026-11-20 09:30 UTC"
    assert found["Day of bindings"] == "2026-11-20"
    assert found["Organization"] == "acme"
    assert VARIABLES["DATABRICKS_ACCOUNT_ID"] in found["Databricks account"]
    assert found["Workspace"].endswith(VARIABLES["ML_PROD_HOST"])
    assert (found["Commit"], found["Run by"]) == ("abc123", "ada on build-7")
    assert found["Signed in as"] == VARIABLES["DATABRICKS_CLIENT_ID"]


def test_a_placeholder_is_never_shown_as_the_account(tmp_path: Path) -> None:
    offline = compile_file(write(tmp_path, CONTRACT), TODAY, {}, placeholders=True, judged=False)
    page = compose(Sources(offline, [Answers().system()], replace(MADE, principal=""), TODAY))
    shown = evidence(page)
    assert shown["Databricks account"].count("is not set") == 2
    assert offline.contract.databricks.account_id not in str(page)
    assert offline.contract.databricks.deployer not in str(page)


def test_people_have_names_and_groups_where_the_identity_provider_was_read(tmp_path: Path) -> None:
    everybody = {"engineers": ["Ada@acme.example", "ben@acme.example"], "analysts": ["ben@acme.example"]}
    provider = Answers("okta", groups=everybody, role=Role.IDENTITY_PROVIDER)
    with_people = replace_members(everybody, "analysts", ["ben@acme.example", "eve@acme.example"])
    page = page_of(tmp_path, OKTA, [provider, Answers(groups=with_people)])
    engineers = next(one for one in page.subjects if one.name == "engineers")
    assert [page.subjects[person].name for person in engineers.people] == ["ada@acme.example", "ben@acme.example"]
    analysts = next(one for one in page.subjects if one.name == "analysts")
    (finding,) = [page.findings[number] for number in analysts.membership_findings]
    assert (finding.area, finding.kind, finding.who) == ("members", "extra", "eve@acme.example")
    assert analysts.membership.name == "DIFFERENT"
    assert engineers.membership.name == "EQUAL"


def replace_members(groups: dict[str, list[str]], name: str, people: list[str]) -> dict[str, list[str]]:
    return {**groups, name: people}


def test_an_escalation_without_acceptance_is_a_red_row_with_its_finding(tmp_path: Path) -> None:
    found = compile_file(write(tmp_path, ESCALATING), TODAY, VARIABLES, judged=False)
    page = compose(Sources(found, [Answers().system()], MADE, TODAY))
    red = [place for place, row in enumerate(page.escalations.rows) if row[0] == "different"]
    assert red
    for place in red:
        finding = page.findings[page.escalations.findings[place]]
        assert (finding.kind, finding.protected) == ("escalation", True)
        assert "the contract grants it" in finding.live
    assert page.exit_code == 1


def test_an_escalation_that_only_live_access_has_is_a_finding(tmp_path: Path) -> None:
    access = copied(compiled(tmp_path, CONTRACT).access)
    access[JOB][ANALYSTS] = Verb.EDIT
    page = page_of(tmp_path, CONTRACT, [Answers(access=access)])
    (finding,) = [one for one in page.findings if one.kind == "escalation"]
    assert finding.about == "analysts acting as churn/trainer in prod"
    assert "only live access grants it" in finding.live
    assert page.findings[0] == finding, "the worst comes first"


def test_what_has_ended_is_red_and_what_ends_soon_is_listed(tmp_path: Path) -> None:
    text = CONTRACT.replace("ticket: SEC-1", "ticket: SEC-1, expires: 2026-11-30")
    page = page_of(tmp_path, text)
    ((state, day, *_),) = page.expiring.rows
    assert (state, day) == ("soon", "2026-11-30")
    ended = compile_file(write(tmp_path, text), date(2026, 12, 5), VARIABLES, judged=False)
    from rolecall.console.expiring import ending_soon

    later = date(2026, 12, 5)
    page = compose(Sources(ended, [Answers().system()], MADE, later, ending=ending_soon(ended, later, 100)))
    assert page.expiring.rows[0][0] == "different"
    assert page.findings[page.expiring.findings[0]].kind == "expired"
    assert page.exit_code == 0, "what has ended has no effect any more"


def test_exemptions_are_listed_and_their_faults_are_findings(tmp_path: Path) -> None:
    entry = Exemption(
        rule="job-has-timeout",
        resource="train",
        stack="prod.churn",
        reason="it is long intentionally",
        ticket="SEC-9",
        owner="engineers",
        begins=date(2026, 11, 1),
        until=date(2026, 12, 1),
        place="policy-exemptions.yaml:3",
    )
    fault = "policy-exemptions.yaml:9: it ended on 2026-01-01."
    made = replace(sources(tmp_path, CONTRACT), exemptions=Exemptions((entry,), (fault,)))
    page = compose(made)
    assert page.exemptions.rows[0][:4] == ("soon", "job-has-timeout", "train", "prod.churn")
    (finding,) = [one for one in page.findings if one.system == "exemptions"]
    assert (finding.kind, finding.place) == ("refused", "policy-exemptions.yaml:9")


def test_unmanaged_things_are_findings_or_listed(tmp_path: Path) -> None:
    others = (Unmanaged("view lab.peek", "shows churn", "drop it"), Unmanaged("schema scratch"))
    page = page_of(tmp_path, CONTRACT, [Answers(others=others)])
    (finding,) = [one for one in page.findings if one.area == "unmanaged"]
    assert (finding.kind, finding.how) == ("unmanaged", "drop it")
    assert page.others.rows == (("", "databricks", "schema scratch"),)


def test_the_graph_says_which_side_has_a_right(tmp_path: Path) -> None:
    access = copied(compiled(tmp_path, CONTRACT).access)
    access[JOB][EVE] = Verb.EDIT
    del access[DEV_JOB][ANALYSTS]
    page = page_of(tmp_path, CONTRACT, [Answers(access=access)])

    def sides(name: str, environment: str) -> set[int]:
        start = next(one.node for one in page.subjects if one.name == name)
        rights = {
            node
            for one in page.objects
            if (one.kind, one.environment) == ("job", environment)
            for node in one.rights.values()
        }
        return {edge[4] for edge in page.graph.edges if edge[0] == start and edge[1] in rights}

    assert sides("eve@acme.example", "prod") == {ONLY_LIVE}
    assert sides("analysts", "dev") == {ONLY_CONTRACT}
    assert sides("analysts", "prod") == {0}


def test_no_path_is_lost_because_a_system_does_not_answer(tmp_path: Path) -> None:
    offline = page_of(tmp_path, CONTRACT)
    silent = page_of(tmp_path, CONTRACT, [Answers(failure="down")])
    assert named_edges(silent) >= named_edges(offline)


def named_edges(page: Page) -> set[tuple[str, str]]:
    def name(number: int) -> str:
        subject, target, action, _ = page.graph.nodes[number]
        if subject >= 0:
            return f"{page.subjects[subject].type} {page.subjects[subject].name} {page.subjects[subject].environment}"
        one = page.objects[target]
        return f"{action} {one.kind} {one.name} {one.environment}"

    return {(name(edge[0]), name(edge[1])) for edge in page.graph.edges}


def test_each_step_leads_to_a_later_column_and_cycles_are_side_by_side(tmp_path: Path) -> None:
    graph = access_graph(sources(tmp_path, CONTRACT))
    columns = columns_of(graph)
    members = rustworkx.strongly_connected_components(graph.graph)
    of_node = {node: number for number, nodes in enumerate(members) for node in nodes}
    for source, target in graph.edges:
        assert of_node[source] == of_node[target] or columns[source] < columns[target]
    for nodes in members:
        assert len({columns[node] for node in nodes}) == len(nodes)


def test_the_same_sources_make_the_same_data(tmp_path: Path) -> None:
    assert page_of(tmp_path, CONTRACT, [Answers()]) == page_of(tmp_path, CONTRACT, [Answers()])


def test_the_graph_has_every_step_of_the_contract(tmp_path: Path) -> None:
    found = compiled(tmp_path, CONTRACT)
    graph = build(powers_of(found.contract, found.loaded.places), found.access)
    page = page_of(tmp_path, CONTRACT)
    assert len(page.graph.nodes) == len(graph.nodes)
    assert len(page.graph.edges) == len(set(graph.edges))
