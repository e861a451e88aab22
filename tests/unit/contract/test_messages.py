"""What people get wrong, and what they read then: the place to the column, what was found, what is right."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rolecall.compiled import compile_file
from rolecall.console.frames import Sources
from rolecall.contract.contract import contract_model
from rolecall.contract.problem_pages import problem_pages
from rolecall.contract.value_words import words_of_patterns
from rolecall.errors import InvalidContract, Problem
from rolecall.ids import renamed
from rolecall.kinds.registry import KINDS
from tests.conftest import ROOT
from tests.support.contracts import CONTRACT, TODAY, VARIABLES, write

ACCOUNT = "${env:DATABRICKS_ACCOUNT_HOST}"
GROUP = "{external: 00g-engineers}"
ROLE = "viewer: [{may: view, kind: job}]"
BINDING = "to: engineers, in: [dev]"
JOB = "        policy: small\n"
# Text of a right contract, what a person writes in its place, the part of the line that is pointed at, and words of
# the message.
MISTAKES = [
    ("version: 1", "version: '1'", "1", "without quotes: 1"),
    ("organization: acme", "organization: no", "no", "Without quotes, no is the switch false: write 'no'"),
    ("organization: acme", "organization: on", "on", "Without quotes, on is the switch true: write 'on'"),
    ("organization: acme", "organization: off", "off", "the switch false"),
    ("organization: acme", "organization: 0123", "0123", "Without quotes, 0123 is the number 83: write '0123'"),
    ("organization: acme", "organization: 1:30", "1:30", "the number 90"),
    ("organization: acme", "organization: 1.10", "1.10", "the number 1.1"),
    ("organization: acme", "organization: 2026-01-01", "2026-01-01", "is a date: write '2026-01-01'"),
    ("organization: acme", "organization:", "organization", "is empty"),
    ("organization: acme", 'organization: "acme', '"acme', "ends in line 8 by the quote of another one"),
    ("organization: acme", "organization: [acme]", "organization", "is a list"),
    ("organization: acme", "organization: “acme”", "“acme”", "Typographic quotation marks are part of the text"),
    ("organization: acme", "organization: Acme Corp", "Acme Corp", "a letter, then letters, digits"),
    ("organization: acme", "organisation: acme", "organisation", "Did you mean 'organization'?"),
    (ACCOUNT, "${DATABRICKS_ACCOUNT_HOST}", "${DATABRICKS_ACCOUNT_HOST}", 'Write "${env:DATABRICKS_ACCOUNT_HOST}"'),
    (ACCOUNT, "$DATABRICKS_ACCOUNT_HOST", "$DATABRICKS_ACCOUNT_HOST", 'Write "${env:DATABRICKS_ACCOUNT_HOST}"'),
    (ACCOUNT, "${env.ML_HOST}", "${env.ML_HOST}", 'Write "${env:ML_HOST}"'),
    (ACCOUNT, "${ENV:ML_HOST}", "${ENV:ML_HOST}", 'Write "${env:ML_HOST}"'),
    (ACCOUNT, "${{ vars.ML_HOST }}", "${{ vars.ML_HOST }}", 'Write "${env:ML_HOST}"'),
    (ACCOUNT, "'{{ env.ML_HOST }}'", "{{ env.ML_HOST }}", 'Write "${env:ML_HOST}"'),
    (ACCOUNT, "'%ML_HOST%'", "%ML_HOST%", 'Write "${env:ML_HOST}"'),
    (ACCOUNT, "https://adb-1.2.azuredatabricks.net/?o=1", "https://adb-1.2.azuredatabricks.net/?o=1", "before `?`"),
    (ACCOUNT, "${env: ML_HOST}", ":", "space after its colon"),
    (ACCOUNT, "accounts.cloud.databricks.com", "accounts.cloud.databricks.com", "https://"),
    ('"${env:ML_PROD_HOST}"', "${env:ML_PROD_HOST}", "}", 'Quote it: {host: "${env:ML_HOST}"}'),
    (f"  host: {ACCOUNT}", f"\thost: {ACCOUNT}", "\t", "indented with a tab"),
    ("environments:\n", "---\nenvironments:\n", "---", "a second document begins here"),
    ("{workspace: nonprod}", "{workspace: nonprod", ":", "no closing `}`"),
    ("  dev: {workspace: nonprod}", "  dev:{workspace: nonprod}", "dev:{workspace", "space after the colon of a key"),
    ("  dev: {workspace: nonprod}", "  dev: workspace: nonprod", ":", "a `:` where no key can be"),
    ("  dev: {workspace: nonprod}", "  dev: nonprod", "nonprod", "Write {workspace: nonprod}."),
    ("  dev: {workspace: nonprod}", "  dev: {workspace: “${env:A}”}", "“$", 'only looks like `"`'),
    ("  dev: {workspace: nonprod}", "   dev: {workspace: nonprod}", "prod", "Indent the keys of one mapping alike"),
    ("  dev: {workspace: nonprod}", "  'my dev': {workspace: nonprod}", "my dev", "has the name 'my dev'"),
    ("protected: true", "protected: maybe", "maybe", "true or false"),
    ("protected: true", "protected: 2", "2", "true or false"),
    ("break_glass: {group: emergency}", "break_glass: {groups: [emergency]}", "groups", "Did you mean 'group'?"),
    (GROUP, "{external: 123}", "123", "Write '123', with the quotes"),
    (GROUP, "00g-engineers", "00g-engineers", "a mapping (key: value)"),
    (GROUP, "", "engineers", "is empty"),
    (ROLE, "viewer: [{may: [view, run], kind: job}]", "may", "Write one value, no list. Allowed: edit"),
    (ROLE, "viewer: [{may: view, kind: [jobs]}]", "jobs", "Did you mean 'job'?"),
    (ROLE, "viewer: {may: view, kind: job}", "viewer", "a list (- …)"),
    (ROLE, "viewer: [{may: VIEW, kind: job}]", "VIEW", "Did you mean 'view'?"),
    (ROLE, "viewer: [{may: view, kind: jobs}]", "jobs", "Did you mean 'job'?"),
    (ROLE, "viewer: [{may: view, kind: null}]", "kind", "is empty"),
    (ROLE, "viewer: [{may: view, kind: job, tags: {a: 1}}]", "1", "Write '1', with the quotes"),
    ("owner: engineers", "owner: enginers", "enginers", "Did you mean 'engineers'?"),
    (BINDING, "to: enginers, in: [dev]", "enginers", "no group or service principal"),
    (BINDING, "to: engineers, in: dev", "dev", "Write [dev]"),
    (BINDING, f"{BINDING}, expires: tomorrow", "tomorrow", "a date, as in 2026-11-30"),
    (BINDING, f"{BINDING}, expires: 2026-02-30", "2026-02-30", "there is no such date"),
    (BINDING, f"{BINDING}, expires: 20261231", "20261231", "a date, as in 2026-11-30"),
    ("    bindings:", "    binding:", "binding", "Did you mean 'bindings'?"),
    ("ticket: SEC-1", "ticket: 1234", "1234", "Write '1234', with the quotes"),
    ("service_principals: {trainer: {}}", "service_principals: [trainer]", "service_principals", "Write {trainer: …}"),
    ("max_workers: 2", "max_workers: two", "two", "a whole number"),
    ("max_workers: 2", "max_workers: -1", "-1", "at least 0"),
    ("max_workers: 2", "max_workers: 2.5", "2.5", "a whole number"),
    ("idle_minutes: 30", "idle_minuts: 30", "idle_minuts", "Did you mean 'idle_minutes'?"),
    ("run_as: trainer", "run_as: Trainer", "Trainer", "write 'trainer'"),
    ("policy: small", "policy: smal", "smal", "Did you mean 'small'?"),
    ("task_key: train", "task-key: train", "task-key", "Did you mean 'task_key'?"),
    ("spark_version: 16.4.x-scala2.12", "spark_version: 16.4", "16.4", "Write '16.4', with the quotes"),
    ("num_workers: 1", "num_workers: one", "one", "a whole number"),
    (JOB, f"{JOB}        schedule: daily\n", "daily", "a mapping (key: value)"),
    (JOB, f"{JOB}        tags: {{cost: no}}\n", "no", "the switch false"),
    (JOB, f"{JOB}        in: prod\n", "prod", "Write [prod]"),
    (JOB, f"{JOB}        counterparts: {{airflow: true}}\n", "airflow", "Allowed: conductor"),
    (JOB, f"{JOB}        timeout_seconds: 1h\n", "1h", "a whole number"),
    (JOB, f"{JOB}        timeout_seconds: 1:30\n", "1:30", "YAML reads it as the number 90"),
    (JOB, f"{JOB}        timeout_seconds: 0600\n", "0600", "YAML reads it as the number 384"),
    (JOB, f"{JOB}        timeout_seconds: true\n", "true", "has to be a number"),
    (JOB, f"{JOB}        timeout_seconds: yes\n", "yes", "has to be a number"),
    (JOB, f"{JOB}        timeout_seconds: 9223372036854775808\n", "9223372036854775808", "at most 9,223"),
    (JOB, f"{JOB}        max_concurrent_runs: -01\n", "-01", "the number -1"),
    ("max_workers: 2", "max_workers: 02", "02", "YAML reads it as the number 2"),
    ("max_workers: 2", "max_workers: on", "on", "has to be a number"),
    ("idle_minutes: 30", "idle_minutes: 1:00", "1:00", "the number 60"),
    (BINDING, "to: engineers, in: [*]", "*", "`*` begins an alias, and no name follows"),
    (BINDING, "to: engineers, in: *", "*", "`*` begins an alias, and no name follows"),
    (BINDING, "to: &, in: [dev]", "&", "`&` begins an anchor, and no name follows"),
    ("    owner: engineers", "   owner: engineers", ":", "the key is indented below a key that has a value"),
    ("    owner: engineers", "\u00a0   owner: engineers", "\u00a0", "U+00A0 (no-break space) only looks like a space"),
    ("    owner: engineers", "    owner\uff1a engineers", "\uff1a", "U+FF1A (fullwidth colon) only looks like `:`"),
    ("      - {role: engineer", "      \u2013 {role: engineer", "\u2013", "U+2013 (en dash) only looks like `-`"),
    ("projects:\n", "x: @y\nprojects:\n", "@y", "`@` cannot begin an unquoted value"),
    ("projects:\n", "x: !Ref y\nprojects:\n", "!Ref", "the tag !Ref is not allowed"),
    ("projects:\n", "<<<<<<< HEAD\nprojects:\n", "<<<<<<<", "merge conflict"),
    ("projects:\n", "include: groups.yaml\nprojects:\n", "include", "Write a list"),
    ("projects:\n", "include: [{path: '*.yaml', only: all}]\nprojects:\n", "all", "include is 'all'"),
    ("projects:\n", "administrators: admins\nprojects:\n", "admins", "Write [admins]"),
    ("projects:\n", "environment_variables: ['my var']\nprojects:\n", "my var", "an environment variable"),
    ("projects:\n", "policy_packs: ['rolecall:guardrail']\nprojects:\n", "rolecall:guardrail", "rolecall:guardrails"),
]
# Words of Python, of the validator and of regular expressions.
FOREIGN = re.compile(
    r"\bNone\b|\bTrue\b|\bFalse\b|<\w+\.\w+|\bdict\b|\bstr\b|\bint\b|pydantic|Input should"
    r"|valid (?:integer|string|boolean)|\(\?|\^\[|\]\*|\[A-Z|Error\b|unable to parse"
)


def problems(folder: Path, text: str) -> list[Problem]:
    with pytest.raises(InvalidContract) as caught:
        compile_file(write(folder, text), TODAY, VARIABLES)
    return caught.value.problems


def pointed(found: list[Problem]) -> list[str]:
    """Return what the frame of each problem points at."""
    frames = [Sources(found).frame(one) for one in found]
    return [
        frame.text[frame.column - 1 : frame.column - 1 + frame.length]
        for frame in frames
        if frame is not None and frame.text is not None
    ]


@pytest.mark.parametrize(("right", "wrong", "part", "words"), MISTAKES, ids=[one[1].strip()[:60] for one in MISTAKES])
def test_a_mistake_is_pointed_at_and_put_in_words(
    tmp_path: Path, right: str, wrong: str, part: str, words: str
) -> None:
    assert right in CONTRACT
    found = problems(tmp_path, CONTRACT.replace(right, wrong, 1))
    text = "\n".join(map(str, found))
    assert words in text
    assert part in pointed(found), text
    assert not FOREIGN.search(text), text
    assert all(one.id in problem_pages() for one in found)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (CONTRACT.encode("utf-16"), "probably UTF-16"),
        (CONTRACT.replace("acme", "Köln").encode("latin-1"), "probably Latin-1 or Windows-1252; see line 2"),
        (b"\x7fELF\x00\x01\x02\xff" * 10, "no text at all"),
        (CONTRACT.replace("acme", "ac\x07me").encode(), "control character U+0007"),
    ],
    ids=["utf-16", "latin-1", "binary", "bell"],
)
def test_another_encoding_is_named(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "contract.yaml"
    path.write_bytes(data)
    with pytest.raises(InvalidContract) as caught:
        compile_file(path, TODAY, VARIABLES)
    assert words in str(caught.value)


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "contract.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + CONTRACT.encode())
    compile_file(path, TODAY, VARIABLES)


def test_keys_that_are_missing_together_are_one_problem(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, f"{CONTRACT}accepted_escalations: [{{of: x}}]\n")
    assert "'acting_as', 'in', 'reason'" in found.what


@pytest.mark.parametrize(
    "line",
    [
        "    secret_scopes: {s: {password: hunter22}}",
        "    description: dapi0123456789abcdef0123456789abcdef",
        "    description: [x, password=hunter22",
        "    description: [--client-secret, Hunter22Hunter22",
    ],
)
def test_a_line_that_may_hold_a_secret_is_not_shown(tmp_path: Path, line: str) -> None:
    found = problems(tmp_path, CONTRACT.replace("    owner: engineers", f"    owner: engineers\n{line}"))
    frames = [Sources(found).frame(one) for one in found]
    shown = [frame.text for frame in frames if frame is not None and frame.text is not None]
    assert not any("unter22" in text or "dapi" in text for text in shown)
    assert "unter22" not in "\n".join(map(str, found))


def test_a_frame_counts_columns_as_they_are_shown(tmp_path: Path) -> None:
    found = problems(tmp_path, CONTRACT.replace("owner: engineers", 'owner: "北京都"'))
    (frame,) = [one for one in (Sources(found).frame(problem) for problem in found) if one]
    line, pointer = frame.lines()
    assert line.endswith('owner: "北京都"')
    assert pointer.endswith("^" * 6), "wide letters take two cells each"


def test_a_long_line_is_cut_around_what_is_pointed_at(tmp_path: Path) -> None:
    description = "a" * 400
    wrong = f"to: enginers, in: [dev], ticket: {description}"
    found = problems(tmp_path, CONTRACT.replace(BINDING, wrong))
    (frame,) = [one for one in (Sources(found).frame(problem) for problem in found) if one]
    line, pointer = frame.lines()
    assert len(line) < 130
    assert line[pointer.index("^") :].startswith("enginers")


def test_every_problem_has_a_page_and_every_page_a_problem() -> None:
    assert ids_in_code() == {*problem_pages()}


def test_every_problem_of_the_cases_has_a_page() -> None:
    cases = [path.read_text() for path in (ROOT / "tests" / "cases").rglob("*.y*ml")]
    found = {id_ for text in cases for id_ in re.findall(r"# expect: ([a-z-]+)", text)}
    assert len(found) > 90
    assert found <= {*problem_pages()}


def ids_in_code() -> set[str]:
    """Return the ids of all problems that the code makes, read from its syntax."""
    trees = [ast.parse(path.read_text()) for path in (ROOT / "rolecall").rglob("*.py")]
    constants: dict[str, str] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                constants |= {name: text for name, text in _constants(node).items() if "-" in text}
    found: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args:
                found |= _ids(node, constants)
    kinds = {f"unknown-{kind.name.replace('_', '-')}" for kind in KINDS if kind.section}
    keys = {"unknown-environment-key", "unknown-job-cluster-key", "unknown-task-key"}
    return found | kinds | keys | {"escalation", "escalation-by-nesting", "unknown-object", "unknown-project"}


def _constants(node: ast.Assign) -> dict[str, str]:
    (target, *_), value = node.targets, node.value
    pairs = (
        zip(target.elts, value.elts, strict=False)
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
        else [(target, value)]
    )
    return {
        name.id: text.value
        for name, text in pairs
        if isinstance(name, ast.Name) and isinstance(text, ast.Constant) and isinstance(text.value, str)
    }


def _ids(call: ast.Call, constants: dict[str, str]) -> set[str]:
    name = call.func.id if isinstance(call.func, ast.Name) else getattr(call.func, "attr", "")
    first = call.args[0]
    if name == "Unknown" and isinstance(noun := call.args[2], ast.Constant):
        return {f"unknown-{noun.value!s}"}
    text = first.value if isinstance(first, ast.Constant) else constants.get(getattr(first, "id", ""))
    if not isinstance(text, str) or text == "pipeline":
        return set()
    if name in ("Problem", "Refusal", "JobFinding", "_report") and re.fullmatch(r"[a-z]+(-[a-z]+)*", text):
        return {text} if "-" in text else set()
    if name == "known":
        return {f"unknown-{text.replace(' ', '-')}"}
    return set()


def test_every_regular_expression_of_the_contract_has_words() -> None:
    patterns = {*_patterns(contract_model().model_json_schema())}
    assert patterns, "names have patterns"
    # The model reads these by a validator of its own, with a sentence of its own.
    read_by_code = {renamed._PATTERN}
    assert patterns - read_by_code <= {*words_of_patterns()}


def _patterns(schema: object) -> Iterator[str]:
    """Yield the regular expressions of values and of keys."""
    if isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        yield from schema.get("patternProperties", ())
        yield from (one for value in schema.values() for one in _patterns(value))
    elif isinstance(schema, list):
        yield from (one for value in schema for one in _patterns(value))


def test_a_misspelt_key_is_not_missing_too(tmp_path: Path) -> None:
    found = problems(tmp_path, CONTRACT.replace(ROLE, "viewer: [{mya: view, kind: job}]"))
    assert [one.id for one in found] == ["unknown-key"]
    found = problems(tmp_path, CONTRACT.replace(ROLE, "viewer: [{kinds: job}]"))
    assert sorted(one.id for one in found) == ["missing-key", "unknown-key"], "`may` is missing"


def test_a_dash_in_a_text_is_no_reason_for_another_mistake(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, CONTRACT.replace("projects:\n", "# a \u2014 b\nx: 'c\u00a0d'\nx y\nprojects:\n"))
    assert "only looks like" not in found.what
