"""Policy packs that have imported all that they need: a process that forks itself for each engine that asks.

Run as `python -m rolecall.deploy.serving.pack_template SOCKET PACK…`; it ends with its standard input. The requests
are from toolchain/language_host/forked_pack.py, which the engine starts in place of a pack.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import json
import os
import runpy
import selectors
import signal
import socket
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from rolecall.toolchain.language_host.credentials import without_credentials
from rolecall.toolchain.language_host.forked_pack import LENGTH_BYTES
from rolecall.toolchain.language_host.guarded_plugin import RUNNER, guard_servers

MAIN = "__main__.py"


def main(address: str, packs: Sequence[Path]) -> None:
    """Import the packs' dependencies, report readiness on standard output, and fork on each request.

    Args:
        address: where to listen: the path of a socket.
        packs: the packs' folders; who asks names one by its place in the list.
    """
    # Exited children are not waited for.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        importlib.import_module("pulumi.runtime")
        guard_servers()
        for pack in packs:
            _prepare(pack)
        _learn()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        with selectors.DefaultSelector() as selector:
            selector.register(listening, selectors.EVENT_READ)
            selector.register(sys.stdin, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is sys.stdin:
                        return
                    asking = listening.accept()[0]
                    if os.fork() == 0:
                        listening.close()
                        _become(packs, asking)
                    asking.close()


def _prepare(pack: Path) -> None:
    """Import the pack's dependencies; a failed import is reported by the pack itself."""
    sys.path.insert(0, str(pack))
    with contextlib.suppress(Exception):
        for node in ast.walk(ast.parse((pack / MAIN).read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            for name in names:
                importlib.import_module(name)
    sys.path.remove(str(pack))
    # Another pack may have modules of the same names: each fork imports its own.
    for name, module in [*sys.modules.items()]:
        found = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
        if any(Path(one).is_relative_to(pack) for one in found if isinstance(one, str)):
            del sys.modules[name]


def _learn() -> None:
    """Read the contract as packs will: it is the same for all stacks of a run."""
    if "rolecall.policies.context" in sys.modules:
        from rolecall.policies.context import context_of_stack

        context_of_stack("")


def _become(packs: Sequence[Path], asking: socket.socket) -> None:
    """Be the pack, for one engine; never return."""
    status = 1
    try:
        length, outputs, _, _ = socket.recv_fds(asking, LENGTH_BYTES, 2)
        payload = json.loads(_received(asking, int.from_bytes(length, "big")))
        pack = packs[int(payload["pack"])]
        for output, descriptor in zip(outputs, (1, 2), strict=True):
            os.dup2(output, descriptor)
            os.close(output)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.environ.clear()
        # The engine signs in; a pack judges, and gets no credential.
        os.environ.update(without_credentials(payload["environment"]))
        os.chdir(pack)
        # The template imports no module from its working folder; a pack may have modules of its own.
        sys.path.insert(0, str(pack))
        threading.Thread(target=_end_with, args=(asking,), daemon=True).start()
        # The last is the folder that the engine takes for the pack's.
        sys.argv = [RUNNER, *payload["arguments"][:-1], str(pack)]
        runpy.run_module(RUNNER, run_name="__main__", alter_sys=True)
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else 1
    except BaseException:  # noqa: BLE001 - what is above belongs to the template, and must not go on in a fork
        sys.excepthook(*sys.exc_info())
    finally:
        with contextlib.suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
            asking.sendall(bytes([status & 255]))
        os._exit(status)


def _received(asking: socket.socket, length: int) -> bytes:
    found = b""
    while len(found) < length:
        part = asking.recv(length - len(found))
        if not part:
            break
        found += part
    return found


def _end_with(asking: socket.socket) -> None:
    """End when what stands for this pack does: the engine has ended it."""
    asking.recv(1)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1], [Path(one) for one in sys.argv[2:]])
