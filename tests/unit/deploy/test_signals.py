"""Signals that arrive where an exception would be lost, and while servers start."""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rolecall.deploy.runner import ENDED, Runner
from rolecall.deploy.signals import Stopped, stopped_by_signals
from rolecall.slices.slice import ACCOUNT, Slice
from tests.unit.deploy.test_runner import runner

# Only a failing test waits for so long.
SECONDS = 30


@pytest.fixture(autouse=True)
def _hears_interrupts() -> Iterator[None]:
    """A shell that starts the tests in the background lets them ignore interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def arrive(number: signal.Signals = signal.SIGINT) -> None:
    os.kill(os.getpid(), number)


class Finalized:
    def __del__(self) -> None:
        arrive()
        self.ended = True


def interrupted() -> None:
    """Wait for the exception of a signal that has arrived already."""
    threading.Event().wait(SECONDS)


def never() -> None:
    raise AssertionError("one signal is no second one")


def test_a_signal_in_a_finalizer_ends_the_run_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lost: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", lost.append)

    def finalize() -> None:
        thing = Finalized()
        del thing
        interrupted()

    with stopped_by_signals(never), pytest.raises(Stopped) as stopped:
        finalize()
    assert stopped.value.exit_code == 128 + signal.SIGINT
    assert not lost, "no traceback"


def test_a_signal_during_an_import_leaves_the_module_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = "interrupted_while_imported"
    (tmp_path / f"{module}.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\nwhole = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))

    def load() -> None:
        importlib.import_module(module)
        interrupted()

    with stopped_by_signals(never), pytest.raises(Stopped) as stopped:
        load()
    assert stopped.value.exit_code == 128 + signal.SIGTERM
    assert sys.modules.pop(module).whole


def test_a_second_signal_ends_at_once() -> None:
    ended: list[bool] = []
    with stopped_by_signals(lambda: ended.append(True)):
        with pytest.raises(Stopped):
            arrive()
        arrive()
    assert ended == [True]


def test_stacks_are_listed_as_not_run_where_a_signal_comes_while_servers_start(monkeypatch: pytest.MonkeyPatch) -> None:
    run: Runner = runner()
    given: Any = run._session
    given.lock, given.compiled = None, SimpleNamespace(contract=None)
    given.layers = [[ACCOUNT], [Slice("dev", "churn"), Slice("dev", "fraud")]]
    monkeypatch.setitem(Runner.run.__globals__, "require_rights", lambda _session: None)
    monkeypatch.setattr(run, "_run", arrive)
    with stopped_by_signals(never), pytest.raises(Stopped):
        run.run()
    assert {stack: one.not_run for stack, one in run.outcomes.items()} == dict.fromkeys(
        ("account", "dev.churn", "dev.fraud"), ENDED
    )
