"""Each folder of tests/cases/bundles is a bundle with the jobs that it comes to, environment by environment."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rolecall.contract.bundles.conversion import text_of
from rolecall.contract.bundles.libraries import pip_flag
from rolecall.contract.bundles.scalars import scalar
from rolecall.errors import InvalidContract, Problem
from tests.conftest import ROOT
from tests.support.bundles import CONTRACT, settings, taken
from tests.support.contracts import load

CASES = sorted((ROOT / "tests" / "cases" / "bundles").iterdir())
REFUSED = sorted((ROOT / "tests" / "cases" / "refused-bundles").iterdir())
EXPECTED = re.compile("# expect: (.+)$")
TASKS = "tasks: [{task_key: a, notebook_task: {notebook_path: /Shared/a}}]"
JOB = f"{{{TASKS}}}"
PIP_FLAGS = {
    "-r a.txt": ("-r ", "a.txt", ""),
    "-e   './a b' ": ("-e   '", "./a b", "' "),
    '-r "a': ("-r ", '"a', ""),
    "-r ''a'' ": ("-r '", "'a'", "' "),
    "-r a b  ": ("-r ", "a b", "  "),
    "-r": None,
    # The spaces were divided anew between all parts.
    f"-r{' ' * 20_000}\n": None,
    f"-r a{' ' * 20_000}\n": None,
}


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.name)
def test_a_bundle_comes_to_these_jobs(case: Path, tmp_path: Path) -> None:
    assert settings(taken(case, tmp_path)) == json.loads((case / "expected.json").read_text(encoding="utf-8"))


def problems(folder: Path, text: str, **files: str) -> list[Problem]:
    """Return what is wrong with a bundle."""
    bundle = folder / "given"
    bundle.mkdir()
    (bundle / "databricks.yml").write_text(text, encoding="utf-8")
    for name, content in files.items():
        (bundle / f"{name}.yml").write_text(content, encoding="utf-8")
    with pytest.raises(InvalidContract) as caught:
        taken(bundle, folder / "repository")
    return list(caught.value.problems)


@pytest.mark.parametrize("case", REFUSED, ids=lambda path: path.stem)
def test_what_is_not_taken_is_refused_at_its_line(case: Path, tmp_path: Path) -> None:
    text = case.read_text(encoding="utf-8")
    lines = enumerate(text.splitlines(), start=1)
    expected = {(match.group(1), number) for number, line in lines if (match := EXPECTED.search(line))}
    assert {(one.id, one.place and one.place.line) for one in problems(tmp_path, text)} == expected


def test_a_text_like_a_long_reference_is_read_once(tmp_path: Path) -> None:
    """As a default value of a shell: each letter more doubled the time."""
    command = f"${{{'a' * 100}:-x}} ${{{'a-_' * 100}!}} ${{a.b{'[0]' * 100}!}}"
    bundle = tmp_path / "given"
    bundle.mkdir()
    job = f"{{description: '{command}', {TASKS}}}"
    (bundle / "databricks.yml").write_text(f"resources: {{jobs: {{a: {job}}}}}", encoding="utf-8")
    found = settings(taken(bundle, tmp_path / "repository"))
    assert found["dev"]["a"]["description"] == command


@pytest.mark.parametrize(("text", "expected"), PIP_FLAGS.items())
def test_a_flag_of_pip_has_its_path_between_quotes_and_spaces(text: str, expected: tuple[str, str, str] | None) -> None:
    assert pip_flag(text) == expected


@pytest.mark.parametrize(
    "text", ["", "bundle: {name: shop}", "resources: {pipelines: {p: {}}}", "include: ['x/*.yml']"]
)
def test_a_bundle_without_jobs_is_refused(tmp_path: Path, text: str) -> None:
    (found,) = problems(tmp_path, text)
    assert found.id == "unknown-bundle-job"
    assert "has no jobs in dev, prod" in found.what


def test_two_files_may_not_define_one_key(tmp_path: Path) -> None:
    text = "include: [one.yml, two.yml]"
    two = f"resources:\n  pipelines: {{a: {{}}}}\n  jobs: {{b: {JOB}}}"
    found = problems(tmp_path, text, one=f"resources: {{jobs: {{a: {JOB}}}}}", two=two)
    assert [(one.id, one.place and Path(one.place.file).name, one.place and one.place.line) for one in found] == [
        ("declared-twice", "two.yml", 2)
    ]


def test_a_file_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "databricks.yml").write_bytes(f"resources: {{jobs: {{a: {JOB}}}}}".encode("utf-16"))
    with pytest.raises(InvalidContract, match=r"databricks\.yml:1: .* is not UTF-8 text"):
        taken(tmp_path / "given", tmp_path / "repository")


def test_a_job_is_taken_once(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "databricks.yml").write_text(f"resources: {{jobs: {{a: {JOB}}}}}")
    jobs = "{b: {include: bundle/databricks.yml#a, run_as: r}}"
    other = f"  other: {{owner: engineers, service_principals: {{r: {{}}}}, jobs: {jobs}}}\n"
    with pytest.raises(InvalidContract, match="is taken as shop/a already"):
        load(tmp_path, CONTRACT + other)


def test_the_user_is_told_what_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "given").mkdir()
    resources = f"resources: {{jobs: {{a: {JOB}}}, pipelines: {{p: {{}}, q: {{}}}}}}"
    text = f"run_as: {{user_name: ada}}\n{resources}\ntargets: {{dev: {{}}}}"
    (tmp_path / "given" / "databricks.yml").write_text(text)
    warnings = "\n".join(taken(tmp_path / "given", tmp_path / "repository").warnings)
    assert "take them out of what `databricks bundle deploy` deploys" in warnings
    assert "2 pipelines, run_as" in warnings
    assert "no target for prod" in warnings


def test_the_user_is_told_where_files_are_without_a_root_path(tmp_path: Path) -> None:
    warnings = "\n".join(taken(CASES[0].parent / "home-of-the-deployer", tmp_path).warnings)
    assert "names no workspace.root_path" in warnings
    assert "/.bundle/shop/dev/files." in warnings
    assert "/.bundle/shop/prod" not in warnings, "this target names one"
    rooted = taken(CASES[0].parent / "libraries", tmp_path / "other").warnings
    assert not [one for one in rooted if "root_path" in one]


def test_no_contract_writes_what_stands_for_targets(tmp_path: Path) -> None:
    text = CONTRACT.replace(
        "    bundles: [{path: bundle/databricks.yml, run_as: runner}]\n",
        f"    jobs: {{a: {{run_as: runner, {TASKS}, targets: {{dev: {{{TASKS}}}}}}}}}\n",
    )
    with pytest.raises(InvalidContract, match="has no key 'targets'"):
        load(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("yes", "yes"),
        ("off", "off"),
        ("~", None),
        ("0x10", 16),
        ("010", 10),
        ("-010", -10),
        ("0_7", 7),
        ("0X1f", 31),
        ("1_0.5", 10.5),
        ("0o10", 8),
        ("089", 89),
        ("1_000", 1000),
        ("-7", -7),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("1.2.3", "1.2.3"),
        *((one, one) for one in ("9" * 400, "0x" + "f" * 400, "1e999", "-1e999")),
    ],
)
def test_plain_words_are_read_as_the_bundles_command_reads_them(text: str, value: object) -> None:
    found = scalar(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (30, "30"),
        (2.0, "2"),
        (0.5, "0.5"),
        (1e-8, "0.00000001"),
        (1.5e20, "150000000000000000000"),
        (math.inf, "+Inf"),
        (None, ""),
    ],
)
def test_values_in_texts_look_as_the_bundles_command_writes_them(value: object, text: str) -> None:
    assert text_of(value) == text


def test_the_script_reports_every_job_of_a_folder() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "try-bundles"), str(ROOT / "tests" / "cases" / "bundles")]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    jobs = [
        {name for found in json.loads((case / "expected.json").read_text()).values() for name in found}
        for case in CASES
    ]
    assert {line.rpartition("#")[2].split()[0] for line in answer.stdout.splitlines() if "#" in line} == set().union(
        *jobs
    )
    assert answer.stdout.splitlines()[-1] == f"{sum(map(len, jobs))} taken, 0 refused, 0 lost"
