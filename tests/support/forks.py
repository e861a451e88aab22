"""Run our programs as forks of a process that has already imported the package.

A program spends 0.7 s of CPU on imports, and the suite starts hundreds. Each worker has one template process; every
program is a fork of it with its own arguments, environment, folder, output and exit code.
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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
COMMAND, PROVIDER = "rolecall.cli.start", "rolecall.provider.__main__"
# Modules that the programs import on demand.
IMPORTED = (
    "rolecall.cli.run",
    "rolecall.console.deployment",
    "rolecall.deploy.serving.native_provider",
    "rolecall.deploy.serving.programs",
    "rolecall.parity.run",
    "rolecall.provider.__main__",
    "rolecall.provider.hosts",
    "rolecall.provider.server",
    "rolecall.provider.serving",
    "h2.connection",
    "httpcore",
    "okta.client",
    # What policy packs import.
    "pulumi.policy",
    "pulumi_policy",
    "rolecall.policies.catalogue",
    "rolecall.policies.pack",
    *(
        f"rolecall.systems.{name}.observe"
        for name in ("databricks", "okta", "entra", "conductor", "harness", "prefect")
    ),
)
# The contract that is compiled before the first fork: models, patterns and expressions are built once.
COMPILED = ROOT / "stacks" / "every-kind" / "contract.yaml"
PASSPHRASE = "test"
LENGTH_BYTES = 8


@dataclass(frozen=True)
class Fork:
    """A running fork.

    Attributes:
        number: its process id.
    """

    number: int
    _connection: socket.socket

    def wait(self, timeout: float | None) -> int:
        """Return the exit code.

        Raises:
            TimeoutError: it has not exited within `timeout` seconds.
        """
        self._connection.settimeout(timeout)
        return int.from_bytes(_received(self._connection, LENGTH_BYTES), "big", signed=True)


@contextmanager
def forked(
    program: str, arguments: Sequence[str], folder: Path, environment: Mapping[str, str], output: int, errors: int
) -> Iterator[Fork]:
    """Run `main` of a module in a fork of this worker's template process.

    Args:
        program: the module's name.
        arguments: its command line.
        folder: its working folder.
        environment: its environment.
        output: the file descriptor of its standard output.
        errors: the file descriptor of its standard error.
    """
    with fork_of(_template(), program, arguments, folder, environment, (output, errors)) as fork:
        yield fork


@contextmanager
def fork_of(
    address: str,
    program: str,
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    streams: Sequence[int],
) -> Iterator[Fork]:
    """Run `main` of a module in a fork of a template process.

    Args:
        address: the template's socket.
        program: the module's name.
        arguments: its command line.
        folder: its working folder.
        environment: its environment.
        streams: file descriptors of its standard output and error, and of its input where that is not empty.
    """
    request = {
        "program": program,
        "arguments": list(arguments),
        "folder": str(folder),
        "environment": dict(environment),
    }
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(address)
        text = json.dumps(request).encode()
        socket.send_fds(connection, [len(text).to_bytes(LENGTH_BYTES, "big")], [*streams])
        connection.sendall(text)
        yield Fork(int.from_bytes(_received(connection, LENGTH_BYTES), "big"), connection)


def run(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str], timeout: float | None
) -> subprocess.CompletedProcess[str]:
    """Run `rolecall ARGUMENT…`.

    Raises:
        TimeoutExpired: the command took longer than `timeout` seconds and was killed.
    """
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as errors:
        with forked(COMMAND, arguments, folder, environment, output.fileno(), errors.fileno()) as fork:
            try:
                code = fork.wait(timeout)
            except TimeoutError as error:
                os.kill(fork.number, signal.SIGKILL)
                raise subprocess.TimeoutExpired(["rolecall", *arguments], timeout or 0) from error
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read())
    return subprocess.CompletedProcess(["rolecall", *arguments], code, *texts)


@cache
def _template() -> str:
    """Return the socket of this worker's template process, which exits with the worker."""
    folder = tempfile.TemporaryDirectory(prefix="forks-")
    address = f"{folder.name}/socket"
    process = subprocess.Popen(
        [sys.executable, "-c", "from tests.support.forks import serve; serve()", address],
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
    """Run the template process: fork for each connection until standard input closes."""
    import gc
    import importlib
    import selectors

    for name in IMPORTED:
        importlib.import_module(name)
    _compile_once()
    _derive_key_once()
    _build_commands_once()
    importlib.import_module("tests.support.forked_packs").fork_templates(sys.argv[1])
    gc.collect()
    gc.freeze()
    # The intermediate processes, each of which waits for one program, are not waited for.
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
            connection = listening.accept()[0]
            if os.fork() == 0:
                break
            connection.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    length, streams, _, _ = socket.recv_fds(connection, LENGTH_BYTES, 3)
    request = json.loads(_received(connection, int.from_bytes(length, "big")))
    # A policy pack looks for the project in the folders of the processes above it.
    with suppress(OSError):
        os.chdir(request["folder"])
    if number := os.fork():
        connection.sendall(number.to_bytes(LENGTH_BYTES, "big"))
        code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
        connection.sendall(code.to_bytes(LENGTH_BYTES, "big", signed=True))
        os._exit(0)
    connection.close()
    _become(request, streams)


def _compile_once() -> None:
    """Build all models, and compile one contract."""
    from rolecall.compiled import compile_file
    from rolecall.contract import contract
    from tests.support.contracts import TODAY

    # A model of the fields that one contract uses would be built again for each of the tests' contracts.
    complete = contract.contract_model()
    contract._contract_model = lambda _: complete  # type: ignore[assignment]  # the cached function has more
    compiled = compile_file(COMPILED, TODAY, {}, placeholders=True)
    compiled.contract.model_dump(mode="json", by_alias=True, exclude_unset=True)


def _derive_key_once() -> None:
    """Give new stacks one salt, so that the key of the tests' passphrase is derived before the first fork."""
    from rolecall.engine import passphrase, state

    salt = passphrase.new_salt(PASSPHRASE)
    of_others = passphrase.new_salt
    state.new_salt = lambda phrase: salt if phrase == PASSPHRASE else of_others(phrase)  # type: ignore[attr-defined]  # imported


def _build_commands_once() -> None:
    """Build the tree of commands before the first fork."""
    from typer.main import get_command

    from rolecall.cli import main, run

    commands = get_command(main.app)
    run.get_command = lambda typer_instance: commands  # type: ignore[attr-defined]  # imported


def _become(request: dict[str, object], streams: Sequence[int]) -> None:
    """Run the program in this process; the interpreter exits normally."""
    import importlib

    if len(streams) == 2:
        streams = [*streams, os.open(os.devnull, os.O_RDONLY)]
    for stream, descriptor in zip(streams, (1, 2, 0), strict=True):
        os.dup2(stream, descriptor)
        os.close(stream)
    environment, arguments = request["environment"], request["arguments"]
    assert isinstance(environment, dict)
    assert isinstance(arguments, list)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(str(request["folder"]))
    sys.argv = ["-c", *arguments]
    sys.exit(importlib.import_module(str(request["program"])).main())


def _received(connection: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        part = connection.recv(length - len(found))
        assert part, "the template process has exited"
        found += part
    return found
