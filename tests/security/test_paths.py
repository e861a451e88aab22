"""Paths of a contract stay in its repository, and YAML that is made to break the reader is refused with a message."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from rolecall import plain_yaml
from rolecall.contract import source
from rolecall.contract.source import read_yaml
from tests.conftest import ROOT
from tests.support.contracts import HEAD
from tests.support.repository import INCLUDE, ids, load, problems, project, repository

CHURN = "contract/projects/churn.yaml"
BUNDLE = "resources: {jobs: {stolen: {tasks: [{task_key: a, notebook_task: {notebook_path: /a}}]}}}\n"


def outside(tmp_path: Path) -> Path:
    """Make a folder beside the repository, with files that a contract could take."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "churn.yaml").write_text(project("churn"))
    (folder / "groups.yaml").write_text("groups: {more: {external: 00g-more}}\n")
    (folder / "databricks.yml").write_text(BUNDLE)
    return folder


@pytest.mark.parametrize(
    "path",
    [
        "../../elsewhere/groups.yaml",
        "{absolute}/groups.yaml",
        "../../elsewhere/*.yaml",
        "{absolute}/*.yaml",
        "projects/../../../elsewhere/groups.yaml",
        "*/../../../elsewhere/*.yaml",
        "/etc/hostname",
        "/**/*.yaml",
        "../.git/config",
        "../.rolecall/passphrase",
    ],
)
def test_an_include_stays_in_the_repository(tmp_path: Path, path: str) -> None:
    named = path.format(absolute=outside(tmp_path))
    head = f"include: ['{named}', projects/*.yaml]\n" + HEAD
    files = {".git/config": "groups: {}\n", ".rolecall/passphrase": "groups: {}\n"}
    found = problems(repository(tmp_path / "repository", files, head))
    assert ids(found) == {"outside-repository"}
    assert found[0].place is not None
    assert found[0].place.line == 1


@pytest.mark.parametrize("link", ["file", "folder", "chain", "loop"])
def test_links_are_followed_before_a_file_is_read(tmp_path: Path, link: str) -> None:
    folder = outside(tmp_path)
    main = repository(tmp_path / "repository")
    projects = main.parent / "projects"
    if link == "folder":
        for file in projects.iterdir():
            file.unlink()
        projects.rmdir()
        projects.symlink_to(folder)
    else:
        (projects / "churn.yaml").unlink()
        if link == "chain":
            (tmp_path / "repository" / "between.yaml").symlink_to(folder / "churn.yaml")
        target = {"file": str(folder / "churn.yaml"), "chain": "../../between.yaml", "loop": "churn.yaml"}[link]
        (projects / "churn.yaml").symlink_to(target)
    assert "outside-repository" in ids(problems(main))


def test_a_link_inside_the_repository_is_fine(tmp_path: Path) -> None:
    main = repository(tmp_path)
    (tmp_path / "shared.yaml").write_text(project("churn"))
    (main.parent / "projects" / "churn.yaml").unlink()
    (main.parent / "projects" / "churn.yaml").symlink_to("../../shared.yaml")
    assert "churn" in load(main).contract.projects


@pytest.mark.parametrize("where", ["bundles", "include", "inside", "glob", "absolute-glob", "link"])
def test_a_bundle_and_all_its_files_stay_in_the_repository(tmp_path: Path, where: str) -> None:
    folder = outside(tmp_path)
    files = {"bundle/databricks.yml": BUNDLE.replace("stolen", "own")}
    entry = "- {path: ../../bundle/databricks.yml, run_as: trainer}"
    if where == "bundles":
        entry = "- {path: ../../../elsewhere/databricks.yml, run_as: trainer}"
    elif where in ("inside", "glob", "absolute-glob"):
        named = {"inside": "../../elsewhere/databricks.yml", "glob": "../../elsewhere/*.yml"}
        pattern = named.get(where, f"{folder}/*.yml")
        files["bundle/databricks.yml"] += f"include: ['{pattern}']\n"
    text = project("churn", f"    bundles:\n      {entry}\n" if where != "include" else "")
    if where == "include":
        stolen = "      stolen: {run_as: trainer, include: '../../../elsewhere/databricks.yml#stolen'}\n"
        text = text.replace("      train:\n", f"{stolen}      train:\n")
    main = repository(tmp_path / "repository", {**files, CHURN: text})
    if where == "link":
        (tmp_path / "repository" / "bundle" / "databricks.yml").unlink()
        (tmp_path / "repository" / "bundle" / "databricks.yml").symlink_to(folder / "databricks.yml")
    assert ids(problems(main)) == {"outside-repository"}


@pytest.mark.parametrize("pack", ["../elsewhere", "/tmp", "policies/link", "policies/inner", ".rolecall/pack"])  # noqa: S108
def test_a_policy_pack_stays_in_the_repository(tmp_path: Path, pack: str) -> None:
    folder = outside(tmp_path)
    root = tmp_path / "repository"
    main = repository(root, head=f"policy_packs: ['{pack}']\n{INCLUDE}{HEAD}")
    (root / "Pulumi.yaml").write_text("name: x\n")
    (root / ".rolecall" / "pack").mkdir(parents=True)
    (root / "policies" / "inner").mkdir(parents=True)
    (root / "policies" / "link").symlink_to(folder)
    (root / "policies" / "inner" / "rules.py").symlink_to(folder / "databricks.yml")
    assert ids(problems(main)) == {"outside-repository"}


def test_a_policy_pack_of_the_repository_is_fine(tmp_path: Path) -> None:
    main = repository(tmp_path, head=f"policy_packs: [policies/mine]\n{INCLUDE}{HEAD}")
    (tmp_path / "Pulumi.yaml").write_text("name: x\n")
    assert load(main).contract.policy_packs == ["policies/mine"]
    own = ROOT / "policies" / "cost"
    assert load(repository(tmp_path / "other", head=f"policy_packs: ['{own}']\n{INCLUDE}{HEAD}")), "Rolecall's own"


@pytest.mark.parametrize("pattern", ["''", '"a\\0b"', "'**/**/**/*.yaml'", "'projects/**.yaml'", "'[/*.yaml'"])
def test_a_pattern_that_names_no_files_is_refused(tmp_path: Path, pattern: str) -> None:
    assert ids(problems(repository(tmp_path, head=f"include: [{pattern}, projects/*.yaml]\n" + HEAD))) <= {
        "wrong-value",
        "file-not-found",
        "invalid-yaml",
    }


def test_a_file_that_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    main = repository(tmp_path)
    os.mkfifo(main.parent / "projects" / "pipe.yaml")
    (problem,) = problems(main)
    assert problem.id == "file-not-found"
    assert "no plain file" in problem.what


HOSTILE = {
    "flow": "[" * 100_000,
    "closed": "[" * 100_000 + "]" * 100_000,
    "mapping": "{a: " * 100_000,
    "block": "- " * 100_000,
    "keys": "? " * 50_000,
    "behind-strings": "x: ['" + "]" * 200_000 + "', " + "[" * 100_000,
    "nearly-deep-flow": "[" * 990,
    "nearly-deep-block": "- " * 249,
    "nearly-deep-indentation": "\n".join(" " * number + "a:\n" + " " * number + "- b:" for number in range(490)),
    "all-nearly-deep": "\n".join(" " * number + "a:" for number in range(490)) + " " + "{a: " * 990,
    "indented": "\n".join(" " * number + "a:" for number in range(2_000)),
    "scalar": f"organization: {'a' * 1_000_000}",
    "key": f"{'a' * 1_000_000}: 1",
    "key-within-bounds-of-the-file": f"{'a' * 100_001}: 1",
    "long-number": f"version: {'1' * 100_001}",
    "number": f"version: {'1' * 90_000}",
    "base60": f"version: {'1:' * 40_000}1",
    "laughs": "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    + "\n".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)),
    "merges": "a0: &a0 {a: 1, b: 2, c: 3, d: 4}\n"
    + "\n".join(f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 30)),
    "growing-merges": "a0: &a0 {k0: 1}\n"
    + "\n".join(f"a{n}: &a{n} {{<<: *a{n - 1}, k{n}: 1}}" for n in range(1, 3_000)),
    "merge-of-itself": "a: &a {<<: *a, b: 1}",
    "chained-keys": "? &a0 {x: 1}\n: 1\n"
    + "\n".join(f"? &a{n} {{<<: *a{n - 1}}}\n: 1" for n in range(1, 20_000))
    + "\nz: {<<: *a19999}",
    "many": "a:\n" + "- 1\n" * 600_000,
    "tag": "a: !!python/object/apply:os.system [id]",
    "binary": "a: !!binary '*'",
    "merge-of-a-word": "a: {<<: word}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_ends_in_a_problem_and_never_ends_the_process(tmp_path: Path, name: str) -> None:
    """In a process of its own: what this is about is a crash of the interpreter, which no test survives."""
    main = repository(tmp_path, {CHURN: HOSTILE[name]})
    command = (
        "import sys; from pathlib import Path; from datetime import date\n"
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 * 2**30, 3 * 2**30))\n"
        "from rolecall.compiled import compile_file; from rolecall.errors import InvalidContract\n"
        "try: compile_file(Path(sys.argv[1]), date(2026, 11, 20), {})\n"
        "except InvalidContract as error:\n"
        "    assert max(map(len, map(str, error.problems))) < 2000, 'a message is not the whole file'\n"
        "    print(*sorted({one.id for one in error.problems}))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", command, str(main)], capture_output=True, text=True, check=False, timeout=120
    )
    assert answer.returncode == 0, answer.stderr[-2000:]
    assert answer.stdout.split()


@pytest.mark.parametrize(
    "written",
    ["!!timestamp x", "!!timestamp 99999-01-01", "!!int ''", "!!int _", "!!bool x", "!!float ''", "!!float _"],
)
def test_a_tag_that_its_value_contradicts_ends_in_a_problem(tmp_path: Path, written: str) -> None:
    """The parser fails with errors of its own code."""
    (problem, *_) = problems(repository(tmp_path, {CHURN: project("churn", f"    tags: {{a: {written}}}\n")}))
    assert problem.id == "invalid-yaml"
    assert problem.place is not None
    assert Path(problem.place.file).name == "churn.yaml"
    with pytest.raises(yaml.YAMLError):
        plain_yaml.load(f"a: {written}")


def test_merges_mean_what_yaml_says() -> None:
    """https://yaml.org/type/merge.html: own keys first, then earlier mappings before later ones."""
    text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\nd: {z: 9, <<: *b}\n"
    value = read_yaml(text, "x").value
    assert value["c"] == {"x": 3, "y": 1, "z": 2}
    assert value["d"] == {"y": 2, "z": 9}


def test_the_bounds_leave_room_for_large_contracts() -> None:
    """An example of every setting of a job is at depth 15; 10,200 resources are 122,000 values."""
    assert source.MAX_DEPTH >= 40
    assert source.MAX_VALUES >= 400_000
