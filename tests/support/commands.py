"""Run the `rolecall` command in a process of its own that has imported what commands import.

A command spends 0.7 s of CPU on imports, and tests run hundreds. One process for each worker imports once, and forks
itself for each command: arguments, environment, folder, output and end are the command's own.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# What commands import when they know what they are to do.
IMPORTED = (
    "rolecall.cli.main",
    "rolecall.console.deployment",
    "rolecall.engine.native_provider",
    "rolecall.engine.programs",
    "rolecall.parity",
)
LENGTH_BYTES = 8


def run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float | None
) -> subprocess.CompletedProcess[str]:
    """Run `rolecall ARGUMENT…` and return what it came to.

    Raises:
        TimeoutExpired: it took longer than `timeout` seconds; it is killed.
    """
    asked = {"arguments": list(arguments), "folder": str(folder), "environment": dict(environment)}
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        with socket.socket(socket.AF_UNIX) as asking:
            asking.connect(_template())
            text = json.dumps(asked).encode()
            socket.send_fds(asking, [len(text).to_bytes(LENGTH_BYTES, "big")], [output.fileno(), errors.fileno()])
            asking.sendall(text)
            number = int.from_bytes(_received(asking, LENGTH_BYTES), "big")
            asking.settimeout(timeout)
            try:
                code = int.from_bytes(_received(asking, LENGTH_BYTES), "big", signed=True)
            except TimeoutError as error:
                os.kill(number, signal.SIGKILL)
                raise subprocess.TimeoutExpired(["rolecall", *arguments], timeout or 0) from error
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read())
    return subprocess.CompletedProcess(["rolecall", *arguments], code, *texts)


@cache
def _template() -> str:
    """Return the address of this process's template, which ends with this process."""
    folder = tempfile.TemporaryDirectory(prefix="commands-")
    address = f"{folder.name}/socket"
    process = subprocess.Popen(
        [sys.executable, "-c", "from tests.support.commands import serve; serve()", address],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"

    @atexit.register
    def end() -> None:
        process.communicate()
        folder.cleanup()

    return address


def serve() -> None:
    """Be the template: import, and fork for everyone who asks until standard input ends."""
    import gc
    import importlib
    import selectors

    for name in IMPORTED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    # Those that wait for a command end by themselves.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening, selectors.DefaultSelector() as selector:
        listening.bind(sys.argv[1])
        listening.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        selector.register(listening, selectors.EVENT_READ)
        selector.register(sys.stdin, selectors.EVENT_READ)
        while True:
            if any(key.fileobj is sys.stdin for key, _ in selector.select()):
                return
            asking = listening.accept()[0]
            if os.fork() == 0:
                break
            asking.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, outputs, _, _ = socket.recv_fds(asking, LENGTH_BYTES, 2)
    asked = json.loads(_received(asking, int.from_bytes(length, "big")))
    if number := os.fork():
        asking.sendall(number.to_bytes(LENGTH_BYTES, "big"))
        code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
        asking.sendall(code.to_bytes(LENGTH_BYTES, "big", signed=True))
        os._exit(0)
    asking.close()
    _become(asked, outputs)


def _become(asked: dict[str, object], outputs: Sequence[int]) -> None:
    """Be the command; the interpreter ends as it does after any."""
    for output, descriptor in zip(outputs, (1, 2), strict=True):
        os.dup2(output, descriptor)
        os.close(output)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    environment, arguments = asked["environment"], asked["arguments"]
    assert isinstance(environment, dict)
    assert isinstance(arguments, list)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(asked["folder"]))
    sys.argv = ["-c", *arguments]
    from rolecall.cli.main import main

    main()


def _received(asking: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        part = asking.recv(length - len(found))
        assert part, "the command's process is gone"
        found += part
    return found
