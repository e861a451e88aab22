"""A contract deployed by the real engine through the real provider: drift, faults, interrupts, plain Pulumi.

The whole life of every kind of object is in `test_every_kind`.
"""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from databricks.sdk.service import jobs

from rolecall.compiled import compile_file
from rolecall.emulators.databricks.models import SERVICE_PRINCIPAL, account_from_json
from rolecall.parity import Report, compare
from rolecall.parity.report import FindingKind
from rolecall.systems.registry import SYSTEMS
from tests.support.contracts import CONTRACT, TODAY
from tests.support.documents import stacks
from tests.support.emulator import ServedEmulator, served
from tests.support.project import GUARDRAILS, Project, contract_project
from tests.support.waiting import until

pytestmark = pytest.mark.engine
STACKS = ("account", "dev.churn", "prod.churn")


def deploy(project: Project, *flags: str, stacks: tuple[str, ...] = STACKS) -> None:
    told = project.deployed("up", "--policy-pack", str(GUARDRAILS), "--every-stack", *flags, *stacks)
    assert [one["warnings"] for one in told.values() if one["warnings"]] == []


def deploy_plainly(project: Project, *stacks: str) -> list[str]:
    """Deploy stack after stack by the engine's own commands; return in a few words what each run came to."""
    sentences = []
    for stack in stacks:
        project.engine.select(stack)
        packs = [f"--policy-pack={GUARDRAILS}"]
        # The packs have to be told the id of the break-glass group, which there is once the account was deployed.
        first = project.up(stack, *([] if stack == "account" else packs))
        judged = project.up(stack, *packs, _with_break_glass(project)) if stack == "account" else first
        for outcome in (first, judged):
            assert outcome.exit_code == 0, (outcome.errors, outcome.violations)
            assert outcome.warnings == []
        assert stack != "account" or not judged.changed
        sentences.append(first.sentence())
    return sentences


def _with_break_glass(project: Project) -> str:
    """Return the flag that names the parameters of the guardrails."""
    state = json.loads((project.folder / ".state" / ".pulumi" / "stacks" / "rolecall" / "account.json").read_text())
    resources = state["checkpoint"]["latest"]["resources"]
    (group,) = (one["id"] for one in resources if one["urn"].endswith("index/group:Group::emergency"))
    file = project.folder / "guardrails.json"
    file.write_text(json.dumps({"few-workspace-administrators": {"break_glass_id": group}}))
    return f"--policy-pack-config={file}"


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, ServedEmulator]]:
    """The contract, deployed in both environments."""
    with served(small_pages=False) as emulator:
        project = contract_project(tmp_path_factory.mktemp("everywhere"), emulator, CONTRACT)
        deploy(project)
        yield project, emulator


@pytest.fixture
def deployed(everywhere: tuple[Project, ServedEmulator]) -> Iterator[tuple[Project, ServedEmulator]]:
    """The deployed project with its systems, which are as they were once the test is over."""
    emulator = everywhere[1].emulator
    before = emulator.account.to_json()
    yield everywhere
    emulator.account = account_from_json(before)
    for address in emulator.addresses.values():
        everywhere[1].fault(address)


def parity(project: Project, monkeypatch: pytest.MonkeyPatch) -> Report:
    for name, value in project.variables.items():
        monkeypatch.setenv(name, value)
    compiled = compile_file(project.folder / "contract.yaml", TODAY)
    return compare(compiled, [*compiled.contract.environments], SYSTEMS)


def test_a_right_that_was_given_by_hand_is_named_and_taken_back(
    deployed: tuple[Project, ServedEmulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, emulator = deployed
    client = emulator.workspace()
    (job,) = client.jobs.list(name="[dev] churn-train")
    entry = jobs.JobAccessControlRequest(group_name="analysts", permission_level=jobs.JobPermissionLevel.CAN_MANAGE)
    client.jobs.update_permissions(str(job.job_id), access_control_list=[entry])
    (finding,) = [
        one for one in parity(project, monkeypatch).findings if one.target and one.target.environment == "dev"
    ]
    assert (finding.kind.value, finding.subject, finding.given, finding.live) == (
        "different",
        "analysts",
        "view",
        "edit",
    )
    assert finding.place is not None
    assert finding.place.file.endswith("contract.yaml")
    emulator.clear_statistics()
    deploy(project, "--refresh", stacks=("dev.churn",))
    assert emulator.statistics()["writes"] == 1
    assert not [one for one in parity(project, monkeypatch).findings if one.target and one.target.environment == "dev"]


def test_parity_notices_who_a_job_runs_as_and_what_it_cannot_tell(
    deployed: tuple[Project, ServedEmulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, emulator = deployed
    dev = emulator.emulator.account.workspaces["nonprod"]
    job = next(iter(dev.jobs.values()))
    job["run_as_user_name"] = "unknown-user-123"
    report = parity(project, monkeypatch)
    (finding,) = report.findings
    assert "runs as unknown-user-123" in finding.live
    copied = {**job, "job_id": 99, "settings": dict(job["settings"])}
    dev.jobs["99"] = copied
    dev.permissions["/jobs/99"] = {}
    (finding,) = parity(project, monkeypatch).findings
    assert finding.kind.value == "unknown"
    assert "2 objects are called" in finding.live


def test_a_group_that_was_made_again_is_another_group(
    deployed: tuple[Project, ServedEmulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, emulator = deployed
    group = next(one for one in emulator.emulator.account.principals.values() if one.display_name == "analysts")
    group.external_id = "00g-another"
    findings = parity(project, monkeypatch).findings
    (finding,) = [one for one in findings if one.kind is FindingKind.DIFFERENT]
    # What the group of the contract held, the new one holds now, and the group of the contract does not.
    held = {(one.kind, one.subject) for one in findings if one is not finding}
    assert held == {(FindingKind.MISSING, "analysts"), (FindingKind.EXTRA, "analysts (another group)")}
    assert "it is another group" in finding.live
    outcome = project.engine.run("preview", "account")
    assert outcome.exit_code != 0
    assert "inherits nothing" in str(outcome.errors)


def test_a_workspace_that_is_down_is_unknown_and_never_equal(
    deployed: tuple[Project, ServedEmulator], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, emulator = deployed
    monkeypatch.setenv("ROLECALL_RETRY_SECONDS", "1")
    for fault, exit_code in (
        ({"kind": "status", "path": "/api/*", "status": 503, "times": -1}, 3),
        ({"kind": "status", "path": "/api/*", "status": 403, "times": -1}, 3),
        ({"kind": "wrong-token", "path": "/api/*", "times": -1}, 3),
        ({"kind": "truncated-page", "path": "/api/2.2/jobs/list", "times": -1}, 1),
    ):
        emulator.fault(emulator.host("prod"), fault)
        report = parity(project, monkeypatch)
        assert report.exit_code == exit_code, fault
        environments = {one.target.environment for one in report.findings if one.target}
        assert environments == {"prod"}, "the other workspace was still read"
    emulator.fault(emulator.host("prod"))
    emulator.fault(emulator.account_host, {"kind": "status", "path": "/api/*", "status": 503, "times": -1})
    report = parity(project, monkeypatch)
    assert report.exit_code == 3
    assert report.systems[0].failure is not None


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ({"kind": "wrong-token"}, "Invalid access token|bearer"),
        ({"kind": "status", "status": 403}, "set to answer 403"),
    ],
    ids=["401", "403"],
)
def test_a_system_that_refuses_fails_the_run_cleanly(
    tmp_path: Path, emulator: ServedEmulator, fault: dict[str, object], word: str
) -> None:
    import re

    project = contract_project(tmp_path, emulator, CONTRACT)
    project.engine.select("account")
    emulator.fault(emulator.account_host, {**fault, "path": "/api/*", "times": -1})
    outcome = project.engine.run("preview", "account")
    assert outcome.exit_code != 0
    assert re.search(word, str(outcome.errors)), outcome.errors
    emulator.fault(emulator.account_host)
    deploy_plainly(project, "account")


def test_throttling_and_short_outages_are_waited_for(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, CONTRACT)
    for address in emulator.emulator.addresses.values():
        emulator.fault(
            address,
            {"kind": "status", "path": "/api/*", "status": 429, "retry_after": 0, "times": 3},
            {"kind": "status", "path": "/api/*", "status": 429, "retry_after": 1, "skip": 10, "times": 1},
        )
    deploy(project, stacks=("account", "dev.churn"))


def test_an_interrupt_in_the_middle_is_ended_by_the_next_run(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, CONTRACT)
    deploy_plainly(project, "account")
    project.engine.select("dev.churn")
    # The interrupt meets a job that is being created: it is finished, and its permissions are not begun any more.
    slow = {"kind": "latency", "method": "POST", "path": "/api/*/jobs/create", "seconds": 6, "times": 1}
    emulator.fault(emulator.host("nonprod"), slow)
    process = project.start("up", "--yes", "--skip-preview", "--stack", "dev.churn")
    until(lambda: emulator.faults(emulator.host("nonprod"))[0]["met"], process)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=120)
    assert process.returncode != 0
    assert "Traceback" not in output
    emulator.fault(emulator.host("nonprod"))
    deploy_plainly(project, "dev.churn")
    space = emulator.emulator.account.workspaces["nonprod"]
    assert len(space.jobs) == len(space.cluster_policies) == 1, "nothing was made twice"
    names = [one.display_name for one in emulator.emulator.account.principals.values()]
    assert names.count("dev-churn-trainer") == 1
    assert "unchanged" in deploy_plainly(project, "dev.churn")[0]


def test_of_two_runs_at_once_the_second_is_refused(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, CONTRACT)
    project.engine.select("account")
    emulator.fault(emulator.account_host, {"kind": "blocked", "path": "/api/*", "times": -1})
    first = project.start("up", "--yes", "--skip-preview", "--stack", "account")
    locks = tmp_path / ".state" / ".pulumi" / "locks"
    until(lambda: [*locks.rglob("*.json")], first)
    second = project.engine.run("up", "account")
    assert second.exit_code != 0
    assert "locked" in str(second.errors)
    emulator.fault(emulator.account_host)
    assert first.wait(timeout=120) == 0, first.communicate()[0]
    first.communicate()


def test_an_invalid_contract_stops_before_any_system_is_asked(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, CONTRACT.replace("to: engineers", "to: enginers"))
    project.engine.select("dev.churn")
    outcome = project.engine.run("preview", "dev.churn")
    assert outcome.exit_code != 0
    assert "contract.yaml:" in str(outcome.errors)
    assert "Did you mean 'engineers'?" in str(outcome.errors)
    assert emulator.statistics()["total"] == 0


def test_plain_pulumi_works_and_reordering_the_contract_changes_nothing(
    tmp_path: Path, emulator: ServedEmulator
) -> None:
    import yaml

    project = contract_project(tmp_path, emulator, CONTRACT)
    project.engine.select("account")
    preview = project.engine.run("preview", "account")
    assert preview.exit_code == 0
    assert preview.changes["create"] > 0
    assert emulator.statistics()["writes"] == 0, "a preview writes nothing"
    deploy_plainly(project, "account", "dev.churn")
    plain = project.pulumi("preview", "--stack", "dev.churn", "--policy-pack", str(GUARDRAILS))
    assert plain.returncode == 0, plain.stdout
    assert "warning" not in (plain.stdout + plain.stderr).lower()

    def turned(value: object) -> object:
        if isinstance(value, dict):
            return {key: turned(item) for key, item in reversed(value.items())}
        return value

    project.write("contract.yaml", yaml.safe_dump(turned(yaml.safe_load(CONTRACT)), sort_keys=False))
    for stack in ("account", "dev.churn"):
        assert project.engine.run("preview", stack).changed == 0


def test_a_previewer_sees_what_would_change_and_writes_nothing(deployed: tuple[Project, ServedEmulator]) -> None:
    """A pull request is previewed by a principal that administers nothing; no state of a new stack is made."""
    project, emulator = deployed
    account = emulator.emulator.account
    previewer = account.add(SERVICE_PRINCIPAL, "previewer")
    account.client_secrets[previewer.application_id] = "previewers-secret"
    deployer = f'"{emulator.variables()["DATABRICKS_CLIENT_ID"]}"'
    contract = CONTRACT.replace(
        "${env:DATABRICKS_CLIENT_ID}", f'{deployer}\n  previewer: "{previewer.application_id}"'
    ).replace("projects:\n", "projects:\n  fraud: {owner: analysts, service_principals: {scorer: {}}}\n")
    project.write("wider.yaml", contract)
    state = project.folder / ".state"
    before = {path: path.read_bytes() for path in state.rglob("*") if path.is_file()}
    writes = emulator.statistics()["writes"]
    own = dict(project.variables)
    signed_in = {"DATABRICKS_CLIENT_ID": previewer.application_id, "DATABRICKS_CLIENT_SECRET": "previewers-secret"}
    project.variables |= {**signed_in, "ROLECALL_CONTRACT": "wider.yaml"}
    try:
        previewed = project.rolecall("preview", "--format", "json", "dev.fraud", "dev.churn")
        deployed_by_previewer = project.rolecall("up", "--yes", "dev.fraud")
    finally:
        project.variables = own
    assert previewed.returncode == 0, previewed.stdout + previewed.stderr
    assert stacks(previewed.stdout)["dev.fraud"]["changes"]["create"] > 0
    assert deployed_by_previewer.returncode == 2
    assert "allows to preview only" in " ".join(deployed_by_previewer.stderr.split())
    assert emulator.statistics()["writes"] == writes
    assert {path: path.read_bytes() for path in state.rglob("*") if path.is_file()} == before


def test_no_secret_of_the_deployer_is_in_the_state(deployed: tuple[Project, ServedEmulator]) -> None:
    project, emulator = deployed
    secret = emulator.emulator.credentials.client_secret
    for path in (project.folder / ".state").rglob("*"):
        if path.is_file():
            assert secret not in path.read_text(errors="replace")


def test_the_commands_on_a_project(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, CONTRACT)
    up = project.rolecall("up", "--yes", "--policy-pack", str(GUARDRAILS), "--format", "json")
    assert up.returncode == 0, up.stderr
    told = stacks(up.stdout)
    assert list(told) == ["account", "dev.churn", "prod.churn"]
    assert all(one["exit_code"] == 0 for one in told.values())
    equal = project.rolecall("parity", "--format", "json")
    assert equal.returncode == 0, equal.stdout + equal.stderr
    assert json.loads(equal.stdout)["equal"] is True
    project.write("contract.yaml", CONTRACT.replace("{role: engineer, to: engineers", "{role: viewer, to: engineers"))
    planned = project.rolecall("preview", "dev.churn", "--format", "json")
    access = {(one["subject"], one["object"]): one["after"] for one in json.loads(planned.stdout)["access"]}
    assert access["engineers", "job churn/train in dev"] == "CAN_VIEW"
    assert not {subject for subject, _ in access} - {"engineers"}, "nobody else gains or loses anything"
    project.write("contract.yaml", CONTRACT)
    unknown = project.rolecall("up", "--yes", "produktion")
    assert unknown.returncode == 2
    assert "Allowed: account, dev, dev.churn, prod, prod.churn" in unknown.stderr
    assert project.rolecall("destroy", "--yes").returncode == 0
    assert project.rolecall("parity").returncode == 1


def test_many_grants_do_not_go_at_once_without_a_written_override(tmp_path: Path, emulator: ServedEmulator) -> None:
    """Fault 16, of an object's grants: refused before anything is written."""
    names = [f"team{number}" for number in range(12)]
    groups = "".join(f"  {name}: {{managed: true}}\n" for name in names)
    bound = "".join(f"      - {{role: viewer, to: {name}, in: [dev]}}\n" for name in names)
    text = CONTRACT.replace("roles:\n", f"{groups}roles:\n", 1)
    full = text.replace("    bindings:\n", f"    bindings:\n{bound}")
    project = contract_project(tmp_path, emulator, full)
    assert project.rolecall("up", "--yes", "account", "dev").returncode == 0
    emulator.clear_statistics()
    project.write("contract.yaml", text)
    refused = project.rolecall("up", "--yes", "dev.churn")
    assert refused.returncode == 1, refused.stdout
    assert "removals-need-an-override" in refused.stdout
    assert "would be removed" in refused.stdout
    assert emulator.statistics()["writes"] == 0
    written = "removal_overrides: [{object: churn/train, reason: teams merged, owner: ada, expires: 2999-01-01}]\n"
    project.write("contract.yaml", written + text)
    allowed = project.rolecall("up", "--yes", "dev.churn")
    assert allowed.returncode == 0, allowed.stdout


def test_the_deployer_never_takes_its_own_access_away(tmp_path: Path, emulator: ServedEmulator) -> None:
    """Fault 17: blocked before any write, by the command and by plain Pulumi."""
    text = CONTRACT.replace("${env:DATABRICKS_CLIENT_ID}", "11111111-1111-4111-8111-111111111111")
    project = contract_project(tmp_path, emulator, text)
    refused = project.rolecall("up", "--yes")
    assert refused.returncode == 2
    assert "remove its own access" in refused.stderr
    project.engine.select("dev.churn")
    plain = project.pulumi("up", "--yes", "--skip-preview", "--stack", "dev.churn")
    assert plain.returncode != 0
    assert "remove its own access" in plain.stdout
    assert emulator.statistics()["writes"] == 0
