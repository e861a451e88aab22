"""Every file in tests/cases/contract is a contract with `# expect: ID` behind each line that has that problem."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from rolecall.compiled import compile_file
from rolecall.errors import InvalidContract
from tests.conftest import ROOT
from tests.support.contracts import CONTRACT, TODAY, VARIABLES, load, write

CASES = sorted((ROOT / "tests" / "cases" / "contract").glob("*.yaml"))
EXPECTED = re.compile(r"# expect: (.+)$")


def expectations(path: Path) -> set[tuple[str, str, int]]:
    found: set[tuple[str, str, int]] = set()
    for file in [path, *(path.with_suffix("").rglob("*") if path.with_suffix("").is_dir() else [])]:
        if not file.is_file():
            continue
        for number, line in enumerate(file.read_text().splitlines(), start=1):
            if match := EXPECTED.search(line):
                found |= {(one.strip(), file.name, number) for one in match.group(1).split(",")}
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_problem_is_found_at_its_line_and_nothing_else(case: Path, tmp_path: Path) -> None:
    target = tmp_path / case.name
    shutil.copy(case, target)
    if case.with_suffix("").is_dir():
        shutil.copytree(case.with_suffix(""), tmp_path / case.stem)
    expected = expectations(case)
    if not expected:
        compile_file(target, TODAY, VARIABLES)
        return
    with pytest.raises(InvalidContract) as caught:
        compile_file(target, TODAY, VARIABLES)
    found = {
        (problem.id, Path(problem.place.file).name, problem.place.line)
        for problem in caught.value.problems
        if problem.place
    }
    assert found == expected
    assert all(problem.what and problem.allowed for problem in caught.value.problems)


def test_all_problems_of_several_files_come_at_once(tmp_path: Path) -> None:
    write(tmp_path, "groups:\n  a: {managed: no}\n", "more/groups.yaml")
    main = write(tmp_path, "version: 2\ninclude: [more/*.yaml]\norganisation: acme\n")
    with pytest.raises(InvalidContract) as caught:
        compile_file(main, TODAY, VARIABLES)
    files = {Path(problem.place.file).name for problem in caught.value.problems if problem.place}
    assert files == {"contract.yaml", "groups.yaml"}
    assert "Did you mean 'organization'?" in str(caught.value)


def test_a_missing_variable_names_itself_and_how_to_set_it(tmp_path: Path) -> None:
    from tests.support.contracts import CONTRACT

    variables = {key: value for key, value in VARIABLES.items() if key != "ML_PROD_HOST"}
    with pytest.raises(InvalidContract) as caught:
        compile_file(write(tmp_path, CONTRACT), TODAY, variables)
    (problem,) = caught.value.problems
    assert problem.id == "missing-environment-variable"
    assert "ML_PROD_HOST is not set" in problem.what
    assert "export ML_PROD_HOST" in problem.allowed


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidContract, match="cannot be read"):
        compile_file(tmp_path / "nothing.yaml", TODAY, VARIABLES)


@pytest.mark.parametrize(
    ("text", "problem_id"), [("", "empty-contract"), ("- a\n", "wrong-value"), ("a: [", "invalid-yaml")]
)
def test_what_is_no_contract_at_all(tmp_path: Path, text: str, problem_id: str) -> None:
    with pytest.raises(InvalidContract) as caught:
        compile_file(write(tmp_path, text), TODAY, VARIABLES)
    assert problem_id in {problem.id for problem in caught.value.problems}


def test_binary_content_is_refused_without_a_traceback(tmp_path: Path) -> None:
    path = tmp_path / "contract.yaml"
    path.write_bytes(b"\xff\xfe\x00version: 1")
    with pytest.raises(InvalidContract, match="not UTF-8"):
        compile_file(path, TODAY, VARIABLES)


def test_aliases_of_aliases_do_not_fill_the_memory(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(InvalidContract, match="500,000"):
        compile_file(write(tmp_path, "\n".join(lines)), TODAY, VARIABLES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: &a [*a]\n", "does an alias hold itself"),
        ("? [a, b]\n: c\n", "a key is not a word"),
        ("a: !python/object:os.system x\n", "the tag !python/object:os.system is not allowed"),
        ("a: 2026-13-45\n", "cannot be read"),
    ],
    ids=["recursive", "list-as-key", "tag", "impossible-date"],
)
def test_yaml_that_is_meant_badly(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InvalidContract) as caught:
        compile_file(write(tmp_path, text), TODAY, VARIABLES)
    assert words in str(caught.value)


def test_the_example_contract_is_valid() -> None:
    compile_file(ROOT / "stacks" / "acme" / "contract.yaml", TODAY, VARIABLES)


@pytest.mark.parametrize("path", sorted((ROOT / "stacks" / "blocked").glob("*.yaml")), ids=lambda path: path.stem)
def test_contracts_that_policies_block_are_valid_contracts(path: Path) -> None:
    compile_file(path, TODAY, VARIABLES)


def test_an_include_may_begin_at_the_root(tmp_path: Path) -> None:
    head, _, projects = CONTRACT.partition("projects:")
    other = write(tmp_path / "elsewhere", f"projects:{projects}", "projects.yaml")
    loaded = load(tmp_path, f"include: [{other}]\n{head}")
    assert "churn" in loaded.contract.projects
