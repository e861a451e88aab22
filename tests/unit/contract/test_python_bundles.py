"""Jobs that a bundle makes by Python functions; each folder of tests/cases/python-bundles has the jobs it comes to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from rolecall.contract.bundles import programs
from rolecall.errors import InvalidContract, Problem
from tests.conftest import ROOT
from tests.support.bundles import CONTRACT, settings, taken
from tests.support.contracts import VARIABLES, write
from tests.support.waiting import becomes

CASES = sorted((ROOT / "tests" / "cases" / "python-bundles").iterdir())
BUNDLE = """\
bundle: {name: shop}
workspace: {root_path: /Shared/shop}
python: {resources: ['made:load'], mutators: [MUTATORS]}
"""
JOB = '{"name": "a", "tasks": [{"task_key": "a", "notebook_task": {"notebook_path": "/Shared/a"}}]}'
HEAD = "from databricks.bundles.core import Resources, job_mutator\n\n\ndef load():\n    made = Resources()\n"
SECRET = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"


@pytest.fixture(autouse=True)
def _allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLECALL_BUNDLE_PYTHON", sys.executable)
    monkeypatch.setenv("DATABRICKS_CLIENT_SECRET", "of this process only")


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_bundle_with_functions_comes_to_these_jobs(case: Path, tmp_path: Path) -> None:
    assert settings(taken(case, tmp_path)) == json.loads((case / "expected.json").read_text(encoding="utf-8"))
    assert not [*tmp_path.rglob("__pycache__")], "nothing is written beside the functions"


def problems(folder: Path, functions: str, more: str = "", bundle: str = BUNDLE, mutators: str = "") -> list[Problem]:
    """Return what is wrong with a bundle whose functions are in `made.py`, taken in one environment."""
    given = folder / "given"
    given.mkdir()
    (given / "databricks.yml").write_text(bundle.replace("MUTATORS", mutators) + more, encoding="utf-8")
    (given / "made.py").write_text(HEAD + functions, encoding="utf-8")
    with pytest.raises(InvalidContract) as caught:
        taken(given, folder / "repository", CONTRACT.replace("run_as: runner}", "run_as: runner, in: [dev]}"))
    return list(caught.value.problems)


def test_functions_are_not_run_unless_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ROLECALL_BUNDLE_PYTHON")
    (problem,) = problems(tmp_path, "    open('ran', 'w')\n")
    assert problem.id == "bundle-made-by-program"
    assert problem.place is not None
    assert problem.place.line == 3
    assert "ROLECALL_BUNDLE_PYTHON" in str(problem)
    assert not [*tmp_path.rglob("ran")]


FAULTS = {
    "return 1 / 0": "ZeroDivisionError: division by zero",
    "import missing_module": "No module named 'missing_module'",
    "return Resources().add_job('a', {'nam': 'a'})": "nam",
    "return helper.fault()": "KeyError: 'deep'",
}


def test_each_fault_of_a_function_is_named_with_its_line(tmp_path: Path) -> None:
    functions = "".join(f"def f{number}():\n    {text}\n" for number, text in enumerate(FAULTS))
    functions += "class helper:\n    def fault():\n        return {}['deep']\n"
    named = ", ".join(f"'made:f{number}'" for number in range(len(FAULTS)))
    found = problems(tmp_path, f"    return made\n{functions}", bundle=BUNDLE.replace("'made:load'", named))
    lines = [8, 10, 12, 17]
    assert [(one.id, one.place and one.place.line) for one in found] == [("bundle-program-failed", at) for at in lines]
    assert all(text in one.what for one, text in zip(found, FAULTS.values(), strict=True)), found
    assert {Path(one.place.file).name for one in found if one.place} == {"made.py"}


@pytest.mark.parametrize(
    ("function", "text"),
    [("    return (\n", "SyntaxError"), ("    import os\n    os._exit(9)\n", "exit code 9")],
    ids=["syntax", "end"],
)
def test_functions_that_cannot_be_run_are_named(tmp_path: Path, function: str, text: str) -> None:
    (problem,) = problems(tmp_path, function)
    assert problem.id == "bundle-program-failed"
    assert text in problem.what
    assert problem.place is not None


def test_a_fault_of_a_mutator_is_named_with_its_line(tmp_path: Path) -> None:
    mutator = "\n@job_mutator\ndef change(job):\n    return job.no_such_field\n"
    found = problems(tmp_path, f"    made.add_job('a', {JOB})\n    return made\n{mutator}", mutators="'made:change'")
    assert {(one.id, one.place and one.place.line) for one in found} == {("bundle-program-failed", 11)}
    assert all("no_such_field" in one.what for one in found)


def test_jobs_are_checked_as_those_in_files(tmp_path: Path) -> None:
    command = JOB.replace("notebook_task", "spark_python_task").replace("notebook_path", "python_file")
    command = command.replace('"task_key"', '"existing_cluster_id": "0717-132531-x", "task_key"')
    command = command.replace('"/Shared/a"}', f'"/Shared/a", "parameters": ["", "{SECRET}"]}}')
    found = problems(tmp_path, f"    made.add_job('a', {command})\n    return made\n")
    assert {one.id for one in found} == {"empty-text", "secret-in-contract"}
    assert all(one.place and one.place.file.endswith("made.py") for one in found), found
    assert all(SECRET not in str(one) for one in found)


def test_one_job_is_not_made_twice(tmp_path: Path) -> None:
    files = f"resources: {{jobs: {{a: {JOB}}}}}\n"
    found = problems(tmp_path, f"    made.add_job('a', {JOB})\n    return made\n", files)
    assert {one.id for one in found} == {"declared-twice"}


def test_a_job_that_is_no_mapping_is_refused(tmp_path: Path) -> None:
    write = "    import os, sys\n    path = sys.argv[sys.argv.index('--output') + 1]\n"
    write += '    open(path, "w").write(\'{"resources": {"jobs": {"b": []}}}\')\n    os._exit(0)\n'
    (problem,) = problems(tmp_path, write)
    assert "'b', which is no mapping" in problem.what


def test_a_credential_in_the_message_of_a_function_is_not_shown(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path, f"    raise ValueError('no sign-in by {SECRET}')\n")
    assert SECRET not in str(problem)
    assert "is not shown here" in problem.what


def test_what_a_function_leaves_running_is_ended(tmp_path: Path) -> None:
    """Nothing waits for it: the time limit would make the bundle a problem."""
    function = "    import subprocess\n    subprocess.Popen(['sleep', '600'])\n"
    function += f"    made.add_job('a', {JOB})\n    return made\n"
    bundle = tmp_path / "bundle-of-it"
    bundle.mkdir()
    (bundle / "databricks.yml").write_text(BUNDLE.replace("MUTATORS", ""))
    (bundle / "made.py").write_text(HEAD + function)
    text = CONTRACT.replace("run_as: runner}", "run_as: runner, in: [dev]}")
    assert [*settings(taken(bundle, tmp_path / "repository", text))["dev"]] == ["a"]


LOADS = """\
import pathlib, sys
from rolecall.contract import load_contract
load_contract(pathlib.Path(sys.argv[1]))
"""


def test_functions_end_with_a_killed_process(tmp_path: Path) -> None:
    """SIGKILL runs no code of the process that started them."""
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / "databricks.yml").write_text(BUNDLE.replace("MUTATORS", ""))
    function = "    import os, pathlib, signal\n    pathlib.Path('started').write_text(str(os.getpid()))\n"
    (bundle / "made.py").write_text(HEAD + function + "    signal.pause()\n")
    os.mkfifo(bundle / "started")
    contract = write(tmp_path, CONTRACT)
    with subprocess.Popen([sys.executable, "-c", LOADS, str(contract)], env={**os.environ, **VARIABLES}) as process:
        function_process = psutil.Process(int((bundle / "started").read_text()))
        assert function_process.is_running()
        process.kill()
    becomes(lambda: not function_process.is_running() or function_process.status() == psutil.STATUS_ZOMBIE)


def test_a_wrong_interpreter_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLECALL_BUNDLE_PYTHON", str(tmp_path / "no" / "python"))
    found = problems(tmp_path, "    return made\n")
    assert all("no/python cannot be run" in one.what for one in found)


def test_an_interpreter_without_the_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bare = tmp_path / "python"
    bare.write_text(f'#!/bin/sh\nexec "{os.path.realpath(sys.executable)}" -S "$@"\n')
    bare.chmod(0o755)
    monkeypatch.setenv("ROLECALL_BUNDLE_PYTHON", str(bare))
    found = problems(tmp_path, "    return made\n")
    assert all("has no package databricks-bundles" in one.what for one in found), found


def test_functions_that_do_not_end_are_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "SECONDS", 0.3)
    found = problems(tmp_path, "    import time\n    time.sleep(600)\n")
    assert all("no answer within" in one.what for one in found)


@pytest.mark.parametrize(
    ("section", "id_"),
    [
        ("python: {resources: load}", "wrong-value"),
        ("python: {resources: [load]}", "wrong-value"),
        ("python: {resources: ['made:load']}\nexperimental: {python: {resources: ['made:other']}}", "wrong-value"),
        ("experimental: {pydabs: {enabled: true}}", "bundle-made-by-program"),
    ],
)
def test_a_wrong_section_is_refused(tmp_path: Path, section: str, id_: str) -> None:
    found = problems(
        tmp_path, f"    made.add_job('a', {JOB})\n    return made\n", bundle=f"bundle: {{name: s}}\n{section}\n"
    )
    assert id_ in {one.id for one in found}
