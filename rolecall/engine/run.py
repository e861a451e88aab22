"""Run the engine on one stack and say what it came to."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from rolecall import settings
from rolecall.engine.environment import without_options
from rolecall.engine.events import Outcome, no_list, take_events
from rolecall.errors import EngineFailed, ExitCode
from rolecall.private import UMASK

# How often the event log is looked at, in seconds.
LOOK_EVERY = 0.1
# Seconds in which an engine that is to end may finish what is under way.
GRACE = 5.0


def _ignore(outcome: Outcome) -> None:
    """Show no progress."""
    del outcome


def _ignored(stack: str, pid: int) -> None:
    del stack, pid


class Engine:
    """The engine for one project.

    Args:
        root: the project's folder.
        pulumi: the command.
        environment: variables to add to this process's own.
        watched: type tokens of the resources of which outcomes keep each change.
        is_list: returns whether a type token is that of an access list, of which outcomes keep the entries.
    """

    def __init__(
        self,
        root: Path,
        pulumi: Path,
        environment: Mapping[str, str],
        watched: Collection[str] = (),
        is_list: Callable[[str], bool] = no_list,
    ) -> None:
        self.root = root
        self.watched, self.is_list = watched, is_list
        self._pulumi = pulumi
        self.environment = {**without_options(os.environ), **environment}
        # Engines, their plugins and policy packs sign nothing.
        self.environment.pop(settings.SIGNING_KEY.name, None)
        # Called with the stack and process number of each engine that has started.
        self.on_start: Callable[[str, int], None] = _ignored
        self._running: dict[str, subprocess.Popen[str]] = {}
        self._active: dict[str, float] = {}
        self._stopped: dict[str, str] = {}
        self._interrupted = False
        # Numbers of the engines' processes that were killed, by their stacks: they have left their locks.
        self.killed: dict[str, int] = {}

    def interrupt(self) -> None:
        """Ask every engine that runs to end cleanly: it finishes what is under way and starts nothing more."""
        self._interrupted = True
        for process in list(self._running.values()):
            process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End every engine at once, with all that it has started; the next run finds out what they had under way."""
        self._interrupted = True
        for stack in list(self._running):
            self._kill(stack)

    def activity(self) -> dict[str, float]:
        """Return when something happened last in each stack that runs, on the monotonic clock."""
        return {stack: at for stack, at in list(self._active.items()) if stack in self._running}

    def stop(self, stack: str, reason: str) -> None:
        """End a stack's engine, which has failed for a reason: cleanly, and by force where it does not end.

        Args:
            stack: the stack.
            reason: the reason in the outcome.
        """
        process = self._running.get(stack)
        if process is None or stack in self._stopped:
            return
        self._stopped[stack] = reason
        process.send_signal(signal.SIGINT)
        timer = threading.Timer(GRACE, lambda: self._kill(stack, process))
        timer.daemon = True
        timer.start()

    def _kill(self, stack: str, wanted: subprocess.Popen[str] | None = None) -> None:
        process = self._running.get(stack)
        if process is not None and wanted in (None, process):
            self.killed[stack] = process.pid
            kill_tree(process.pid)

    def select(self, stack: str) -> None:
        """Make sure that a stack is there.

        Raises:
            EngineFailed: the engine cannot make it.
        """
        self.command(["stack", "select", "--create", stack])

    def command(
        self, arguments: Sequence[str], environment: Mapping[str, str] | None = None, text: str | None = None
    ) -> str:
        """Run a command that shows no progress, and return what it prints.

        Args:
            arguments: the command with its flags.
            environment: more variables.
            text: what it reads from standard input.

        Raises:
            EngineFailed: it fails.
        """
        answer = subprocess.run(
            [self._pulumi, *arguments, "--non-interactive", "--color=never"],
            cwd=self.root,
            env={**self.environment, **(environment or {})},
            capture_output=True,
            text=True,
            input=text,
            umask=UMASK,
            check=False,
        )
        if answer.returncode:
            reason = answer.stderr.strip() or answer.stdout.strip()
            raise EngineFailed(f"`pulumi {' '.join(arguments[:2])}` fails: {reason}")
        return answer.stdout

    def run(
        self,
        operation: str,
        stack: str,
        flags: Sequence[str] = (),
        *,
        environment: Mapping[str, str] | None = None,
        progress: Callable[[Outcome], None] = _ignore,
    ) -> Outcome:
        """Run `preview`, `up` or `destroy` on a stack.

        Args:
            operation: the engine's command.
            stack: the stack's name.
            flags: more flags for the command.
            environment: more variables.
            progress: called while it runs, and once at its end.

        Returns:
            what it came to; the engine's own output is kept out, an unexpected failure's end excepted.
        """
        outcome = Outcome(preview=operation == "preview", watched=self.watched, is_list=self.is_list)
        if self._interrupted:
            outcome.exit_code, outcome.interrupted, outcome.ran = ExitCode.INTERRUPTED, True, False
            outcome.not_run = "the run was ended before it began"
            return outcome
        started = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            # One phase a run: the engine overwrites the log for each.
            log = Path(folder) / "events"
            confirmed = [] if operation == "preview" else ["--yes", "--skip-preview"]
            process = subprocess.Popen(
                [
                    str(self._pulumi),
                    operation,
                    "--stack",
                    stack,
                    "--non-interactive",
                    "--color=never",
                    f"--event-log={log}",
                    *confirmed,
                    *flags,
                ],
                cwd=self.root,
                env={**self.environment, "PULUMI_DEBUG_COMMANDS": "true", **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # A group of its own: a terminal's interrupt must reach the engine once, through us; a second one
                # would make it give up what is under way.
                process_group=0,
                umask=UMASK,
            )
            self.on_start(stack, process.pid)
            ended = threading.Event()
            self._active[stack] = started

            def note(outcome: Outcome) -> None:
                self._active[stack] = time.monotonic()
                progress(outcome)

            follower = threading.Thread(target=_follow, args=(log, outcome, ended, note), daemon=True)
            follower.start()
            self._running[stack] = process
            if self._interrupted:
                process.send_signal(signal.SIGINT)
            try:
                output = process.communicate()[0]
            finally:
                self._running.pop(stack, None)
                ended.set()
                follower.join()
        outcome.seconds = time.monotonic() - started
        # The engine numbers its errors itself: https://github.com/pulumi/pulumi/blob/master/pkg/cmd/pulumi/exitcode.
        outcome.exit_code = ExitCode.FAILED if process.returncode else ExitCode.FINE
        reason = self._stopped.pop(stack, None)
        outcome.interrupted = bool(process.returncode) and self._interrupted and reason is None
        if reason is not None and process.returncode:
            outcome.exit_code = ExitCode.UNREACHABLE
            outcome.errors.insert(0, ("", reason))
        if process.returncode and not outcome.errors and not any(one.mandatory for one in outcome.violations):
            outcome.errors.append(("", _reason(output)))
        progress(outcome)
        return outcome


def kill_tree(number: int) -> None:
    """Kill a process and all that it has started."""
    with suppress(psutil.NoSuchProcess):
        root = psutil.Process(number)
        family = [root, *root.children(recursive=True)]
        for one in family:
            with suppress(psutil.NoSuchProcess):
                one.suspend()
        # Whatever was started in between is found now that nothing starts more.
        for one in {*family, *root.children(recursive=True)}:
            with suppress(psutil.NoSuchProcess):
                one.kill()


def _follow(log: Path, outcome: Outcome, ended: threading.Event, progress: Callable[[Outcome], None]) -> None:
    """Read the event log as it grows, to its end."""
    while not log.exists():
        if ended.wait(LOOK_EVERY):
            break
    if not log.exists():
        return
    with log.open(encoding="utf-8") as file:
        rest = ""
        while True:
            last = ended.is_set()
            text = rest + file.read()
            *whole, rest = text.split("\n")
            if whole:
                take_events(whole, outcome)
                progress(outcome)
            if last:
                return
            ended.wait(LOOK_EVERY)


def _reason(output: str) -> str:
    """Return what the engine said last, without its lists of resources."""
    lines = [line.rstrip() for line in output.splitlines() if line.strip()]
    errors = [line.strip().removeprefix("error: ") for line in lines if "error:" in line]
    return "\n".join(errors[-5:] or lines[-5:])
