"""The system of docs/how-to/own-system.md, installed as a distribution of its own: checked, served and compared."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from rolecall.contract.naming import subject_name
from rolecall.ids.ids import ObjectId, ServicePrincipalId, ownership_mark
from rolecall.ids.verbs import Kind
from tests.support.contracts import CONTRACT, VARIABLES, write
from tests.support.pages import write_examples

RUN_AS = "        run_as: trainer\n"
# All groups are Rolecall's own: nothing has to be asked for their names.
OWN_GROUPS = CONTRACT.replace("{external: 00g-engineers}", "{managed: true}").replace(
    "{external: 00g-analysts}", "{managed: true}"
)
TEXT = OWN_GROUPS.replace(RUN_AS, f"{RUN_AS}        counterparts: {{taskboard: [dev]}}\n")
JOB = ObjectId("dev", Kind.JOB, "churn", "train")
TRAINER = subject_name(ServicePrincipalId("dev", "churn", "trainer"))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of installed packages with the page's package."""
    folder = tmp_path_factory.mktemp("site")
    write_examples("how-to/own-system.md", folder)
    return install(folder)


def install(folder: Path) -> Path:
    """Write the metadata of the package whose pyproject.toml lies in a folder, as an installer does."""
    project = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    metadata = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    groups = project["entry-points"].items()
    of_groups = [f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in of.items()) for group, of in groups]
    (metadata / "entry_points.txt").write_text("\n".join(of_groups))
    return folder


class Taskboard(BaseHTTPRequestHandler):
    """The service of the page."""

    tasks: dict[str, dict[str, Any]] = {}

    def do_GET(self) -> None:
        if self.path == "/tasks":
            self._answer(200, {"tasks": [*self.tasks.values()]})
            return
        found = self.tasks.get(self.path.removeprefix("/tasks/"))
        self._answer(*((200, found) if found else (404, {"code": "missing", "message": "no such task"})))

    def do_PUT(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.tasks[self.path.removeprefix("/tasks/")] = body
        self._answer(200, body)

    def do_DELETE(self) -> None:
        self.tasks.pop(self.path.removeprefix("/tasks/"), None)
        self._answer(200, {})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass

    def _answer(self, status: int, body: object) -> None:
        if self.headers["Authorization"] != "Bearer t-0123456789":
            status, body = 401, {"message": "sign in"}
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def serve() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Taskboard) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


def python(site: Path | None, code: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **VARIABLES, **variables}
    if site is not None:
        environment["PYTHONPATH"] = str(site)
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


CHECK = "from rolecall.cli.start import main; import sys; sys.argv = ['rolecall', 'check', 'contract.yaml']; main()"


def test_check_knows_the_system_where_it_is_installed(tmp_path: Path, site: Path) -> None:
    write(tmp_path, TEXT)
    with_it, without_it = python(site, CHECK, tmp_path), python(None, CHECK, tmp_path)
    assert with_it.returncode == 0, with_it.stderr
    assert without_it.returncode == 2
    assert "unknown-orchestrator" in without_it.stdout + without_it.stderr


def test_check_finds_a_name_that_the_system_refuses(tmp_path: Path, site: Path) -> None:
    write(tmp_path, TEXT.replace("      train:\n", "      train_it:\n"))
    found = python(site, CHECK, tmp_path)
    assert found.returncode == 2
    assert "Taskboard task 'dev-churn-train_it', which is not allowed there" in found.stdout + found.stderr


def test_it_passes_its_own_conformance_test(tmp_path: Path, site: Path) -> None:
    found = python(site, "from acme_taskboard.system import SPEC; from rolecall.systems.conformance import violations\n"
                   "assert violations(SPEC) == [], violations(SPEC)", tmp_path)  # fmt: skip
    assert found.returncode == 0, found.stderr


POLICIES = """
from rolecall.policies.catalogue import JUDGED, RULES
from rolecall.policies.context import Context
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Resource
task = {"name": "a", "job": {"note": "{{vault.key}}", "token": "dapi" + "0123456789abcdef" * 2}}
resource = Resource("rolecall:taskboard:Task", "a", "dev", Properties(task), task)
wrong = ("workflow-holds-no-secret", "workflow-uses-no-stored-secret")
assert [rule.id for rule in RULES if rule.id in wrong and rule.findings(resource, Context())] == [*wrong]
assert resource.type in JUDGED
"""
VARIABLES_READ = """
from rolecall.contract.usual_variables import is_usual
print(is_usual("TASKBOARD_URL"), is_usual("TASKBOARD_TOKEN"))
"""


def test_rules_judge_its_definitions(tmp_path: Path, site: Path) -> None:
    found = python(site, POLICIES, tmp_path)
    assert found.returncode == 0, found.stderr


def test_contracts_may_refer_to_its_address(tmp_path: Path, site: Path) -> None:
    assert python(site, VARIABLES_READ, tmp_path).stdout == "True False\n"
    assert python(None, VARIABLES_READ, tmp_path).stdout == "False False\n"


WORKER = "from rolecall.cli.start import main; import sys; sys.argv = ['rolecall', 'worker', {}]; main()"


def test_its_worker_is_a_command(tmp_path: Path, site: Path) -> None:
    ran = python(site, WORKER.format("'taskboard', '--principal', 'dev-churn-trainer'"), tmp_path)
    assert (ran.returncode, ran.stdout) == (0, "nothing to do for dev-churn-trainer\n"), ran.stderr
    listed = python(site, WORKER.format("'--help'"), tmp_path)
    assert "Run the jobs that Taskboard requests, as one principal." in listed.stdout
    without = python(None, WORKER.format("'taskboard'"), tmp_path)
    assert without.returncode == 2


DEPLOY = """
from rolecall.compiled import compile_file
from rolecall.contract.objects import objects_of
from rolecall.ids.verbs import Kind
from rolecall.provider.registry import RESOURCES
from rolecall.provider.schema import package_schema
from rolecall.systems.orchestrator import Counterparts, JobToRun, holders_of, runs_as
from rolecall.systems.registry import orchestrator
from datetime import date
from pathlib import Path
compiled = compile_file(Path("contract.yaml"), date(2026, 11, 20))
(job,) = Counterparts("taskboard", compiled.contract).jobs("dev")
target = job.id_in("dev")
wanted = orchestrator("taskboard").for_project([JobToRun(job, "dev", runs_as(compiled.contract, target),
    holders_of(compiled.contract, compiled.access[target]), "acme", "https://w.example", "7")])
for one in wanted:
    assert one.token in package_schema()["resources"]
    served = RESOURCES[one.token]()
    inputs = served.model.model_validate(one.properties)
    made = served.create(inputs)
    assert served.read(made.id, inputs).inputs == inputs
"""
PARITY = """
import json
from rolecall.compiled import compile_file
from rolecall.parity.compare import compare
from rolecall.systems.registry import BY_NAME
from datetime import date
from pathlib import Path
compiled = compile_file(Path("contract.yaml"), date(2026, 11, 20))
report = compare(compiled, ["dev"], [BY_NAME["taskboard"]])
print(json.dumps([[one.kind.value, str(one)] for one in report.findings], default=str))
"""


def test_what_it_declares_is_equal_and_a_change_by_hand_is_found(tmp_path: Path, site: Path) -> None:
    write(tmp_path, TEXT)
    with serve() as address:
        variables = {"TASKBOARD_URL": address, "TASKBOARD_TOKEN": "t-0123456789"}
        before = findings(python(site, PARITY, tmp_path, **variables))
        assert [one[0] for one in before] == ["missing"], before
        made = python(site, DEPLOY, tmp_path, **variables)
        assert made.returncode == 0, made.stderr
        (task,) = Taskboard.tasks.values()
        assert task["owner"] == ownership_mark("acme", JOB)
        assert findings(python(site, PARITY, tmp_path, **variables)) == []
        task["holders"].append({"type": "person", "name": "eve@example.com", "access": "write"})
        task["holders"].append({"type": "group", "name": "others", "access": "admin"})
        task["job"]["principal"] = "somebody-else"
        after = findings(python(site, PARITY, tmp_path, **variables))
        assert sorted(one[0] for one in after) == ["different", "different", "extra"], after
        variables["TASKBOARD_TOKEN"] = "t-9999999999"
        (unknown,) = findings(python(site, PARITY, tmp_path, **variables))
        assert unknown[0] == "unknown"


def findings(done: subprocess.CompletedProcess[str]) -> list[list[str]]:
    assert done.returncode == 0, done.stderr
    found: list[list[str]] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("okta", "acme_taskboard.system:SPEC", "'acme-second' and 'rolecall' both publish `okta` in rolecall.systems"),
        ("taskboard", "acme_taskboard.system:SPEC", "both publish `taskboard` in rolecall.systems"),
        ("board", "acme_taskboard.system:SPEC", "is a system of the name 'taskboard'"),
        ("board", "acme_second.nowhere:SPEC", "cannot be loaded: ModuleNotFoundError"),
        ("board", "acme_taskboard.system:orchestrator_spec", "is a function It must be a SystemSpec"),
    ],
)
def test_a_package_that_cannot_be_used_is_named(
    tmp_path: Path, site: Path, name: str, value: str, sentence: str
) -> None:
    second = tmp_path / "acme_second-1.dist-info"
    second.mkdir()
    (second / "entry_points.txt").write_text(f"[rolecall.systems]\n{name} = {value}\n")
    write(tmp_path, CONTRACT)
    search = Path(f"{site}{os.pathsep}{tmp_path}")
    found = python(search, CHECK, tmp_path)
    assert found.returncode == 2, found.stdout
    assert sentence in " ".join(found.stderr.split())
    assert "Traceback" not in found.stderr
