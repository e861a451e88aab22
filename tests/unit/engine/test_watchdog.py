"""Processes started by Rolecall end with it, even if it is killed."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil

from rolecall.engine.watchdog import end_group, watchdog
from tests.support.waiting import PATIENCE, becomes

STARTS_A_SERVER = """\
import subprocess, sys
from rolecall.engine.watchdog import watchdog
group = watchdog()
server = subprocess.Popen(["sleep", "600"], process_group=group.pid)
print(group.pid, server.pid, flush=True)
sys.stdin.read()
"""


def ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_killed_process_leaves_no_server() -> None:
    command = [sys.executable, "-c", STARTS_A_SERVER]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        started = [psutil.Process(int(number)) for number in process.stdout.readline().split()]
        assert len(started) == 2
        assert not any(map(ended, started))
        process.kill()
        becomes(lambda: all(map(ended, started)))


def test_it_kills_only_its_process_group() -> None:
    with subprocess.Popen(["sleep", "600"]) as other:
        group = watchdog()
        member = subprocess.Popen(["sleep", "600"], process_group=group.pid)
        # As in a fork that runs on, the pipe stays open.
        assert group.stdin is not None
        pipe = os.dup(group.stdin.fileno())
        end_group(group)
        os.close(pipe)
        assert member.wait(PATIENCE) < 0
        assert other.poll() is None
        other.kill()
