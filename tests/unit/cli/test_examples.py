"""Every command shows examples, and each of them is a call that the command takes."""

from __future__ import annotations

import shlex

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from rolecall.cli.examples import CODES, EXAMPLES, TITLE
from rolecall.cli.main import app
from rolecall.cli.results import RESULTS, results_of
from tests.generators.documents import _walk

COMMANDS = dict(_walk(get_command(app), ""))
ALL = [(name, one) for name in EXAMPLES for one in EXAMPLES[name]]


def test_every_command_has_examples() -> None:
    assert EXAMPLES.keys() == RESULTS.keys() == COMMANDS.keys()


@pytest.mark.parametrize("name", COMMANDS)
def test_examples_are_shown_one_in_a_line(name: str) -> None:
    shown = CliRunner().invoke(app, [*name.split(), "--help"], env={"COLUMNS": "160"}).output
    after, _, codes = shown.partition(TITLE)[2].partition(CODES)
    assert [line.strip() for line in after.splitlines() if line.strip()] == [*EXAMPLES[name]]
    written = ", ".join(f"{code:d} {meaning}" for code, meaning in results_of(name).items())
    assert " ".join(codes.split()) == f"{written}."


@pytest.mark.parametrize(
    "example", [(name, one) for name in EXAMPLES for one in EXAMPLES[name]], ids=lambda one: one[1]
)
def test_an_example_is_taken(example: tuple[str, str]) -> None:
    name, text = example
    words = shlex.split(text)
    assert words[: 1 + len(name.split())] == ["rolecall", *name.split()]
    COMMANDS[name].make_context(name, words[1 + len(name.split()) :], resilient_parsing=False)
