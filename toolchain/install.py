"""Gets the toolchain: from a package, from PATH, from the official release, or built; the first of these that works."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from packaging.version import InvalidVersion, Version

from rolecall import settings
from rolecall.errors import ToolchainError, UsageError
from rolecall.toolchain import build, cache, versions
from rolecall.toolchain.digests import digest_of
from rolecall.toolchain.download import download_release, platform_name
from rolecall.toolchain.go import find_go
from rolecall.toolchain.installation import (
    ENGINE,
    FORKED_PACKS,
    PLUGIN,
    PROVIDER,
    SHARES,
    Toolchain,
    plugins_folder,
)
from rolecall.toolchain.language_host_install import HOST, PACK_COMMAND, install_language_host
from rolecall.toolchain.private import WRITABLE_BY_OTHERS, make_private
from rolecall.toolchain.progress import Progress
from rolecall.toolchain.record import PREFIX, recorded_digests, usable, write_record
from rolecall.toolchain.wheel import CONTENTS, ENTRY_SCRIPT, HOST_FOLDER, checked_wheel, wheel_folder

__all__ = ["FORKED_PACKS", "PLUGIN", "SHARES", "Toolchain", "ensure", "forced_way", "installed"]


def forced_way() -> str | None:
    """Return the way that ROLECALL_TOOLCHAIN forces, if any.

    Raises:
        ToolchainError: it is none of them.
    """
    try:
        return settings.TOOLCHAIN.read()
    except UsageError as error:
        raise ToolchainError(error.what, error.how_to_go_on) from error


def installed(way: str | None = None) -> Toolchain | None:
    """Return the toolchain that an earlier call installed, or None.

    Takes milliseconds: it reads one small file, and compares a program's digest only where its file was touched.

    Raises:
        ToolchainError: a program was changed, or users other than this one may write it or the cache.
    """
    return usable(_record(way))


def ensure(progress: Progress) -> Toolchain:
    """Return the toolchain, got in the first way that works unless ROLECALL_TOOLCHAIN forces one.

    Raises:
        ToolchainError: no way works; it says why for each.
    """
    forced = forced_way()
    if found := installed(forced):
        return found
    passed_over: list[str] = []
    ways: dict[str, Callable[[Progress], Toolchain]] = {
        "wheel": _from_wheel,
        "path": _from_path,
        "download": _downloaded,
        "build": _built,
    }
    for name in [forced] if forced else settings.WAYS:
        try:
            got = ways[name](progress)
        except ToolchainError as error:
            if forced or name == settings.WAYS[-1]:
                for reason in passed_over:
                    progress.note(reason)
                raise
            passed_over.append(f"{name}: {error.what}")
            continue
        complete = replace(got, passed_over=tuple(passed_over))
        write_record(_record(forced), complete)
        return complete
    raise AssertionError("one way always answers or raises")


def _record(way: str | None) -> Path:
    """Return the file that remembers a finished installation; its name changes with versions and sources."""
    sources = [path for path in cache.SOURCES.rglob("*") if path.suffix in (".py", ".go", ".mod", ".sum", ".lock")]
    on_path = shutil.which("pulumi") if way in (None, "path") else None
    wheel = wheel_folder() if way in (None, "wheel") else None
    # A package that is installed later is found first.
    contents = [wheel / CONTENTS] if wheel is not None and (wheel / CONTENTS).is_file() else []
    parts = (on_path or "", sys.prefix if contents else "")
    return cache.cache_folder() / f"{PREFIX}{way or 'any'}-{cache.key_of(*parts, files=[*sources, *contents])}.json"


def _from_wheel(progress: Progress) -> Toolchain:
    folder, contents = checked_wheel()
    # The environment that holds the package has what the language host needs, and goes when the package does.
    sources, python = folder / HOST_FOLDER, Path(sys.executable)
    host = install_language_host(folder / ENTRY_SCRIPT, progress, sources=sources, python=python)
    name = f"wheel-{cache.key_of(contents.key, host.name, SHARES, FORKED_PACKS)}"
    return _assembled("wheel", name, folder / ENGINE, host, folder / PROVIDER, progress)


def _from_path(progress: Progress) -> Toolchain:
    found = shutil.which(ENGINE)
    if found is None:
        raise ToolchainError("no pulumi on PATH", "Install Pulumi, or leave ROLECALL_TOOLCHAIN unset.")
    host = shutil.which(HOST)
    if host is None:
        raise ToolchainError(f"{found} has no {HOST} beside it", "Install Pulumi with its language hosts.")
    if forced_way() != "path":
        _require_known(Path(found), Path(host))
    version = pulumi_version(Path(found))
    if version is None or not Version(versions.PULUMI_OLDEST) <= version < Version("4"):
        raise ToolchainError(
            f"{found} is version {version or 'unknown'}; {versions.PULUMI_OLDEST} or newer of version 3 is needed",
            "Upgrade it, or leave ROLECALL_TOOLCHAIN unset so that the right one is used.",
        )
    provider = _install_provider(Path(found), None, progress)
    return Toolchain("path", str(Path(found).parent), None, str(version), provider)


def _require_known(*programs: Path) -> None:
    """Require that programs on PATH are those of a toolchain that was installed from a verified source.

    Raises:
        ToolchainError: a digest is not known; the program is not started.
    """
    known = set(recorded_digests())
    for program in programs:
        found = digest_of(program)
        if found not in known:
            raise ToolchainError(
                f"{program} has the SHA-256 {found}, which is none of those that Rolecall has verified",
                "Set ROLECALL_TOOLCHAIN=path to use it, or leave it unset so that the pinned one is used.",
            )


def _downloaded(progress: Progress) -> Toolchain:
    folder = download_release(progress)
    home = cache.cache_folder() / f"home-release-{versions.PULUMI}-{versions.PULUMI_DATABRICKS}"
    provider = _install_provider(folder / ENGINE, home, progress)
    make_private(home)
    return Toolchain("download", str(folder), str(home), versions.PULUMI, provider)


def _built(progress: Progress) -> Toolchain:
    go = find_go(progress)
    engine = build.build_engine(go, progress)
    host = install_language_host(engine / "pulumi-language-python-exec", progress)
    provider = build.build_provider(go, progress)
    name = f"built-{cache.key_of(engine.name, host.name, provider.name, SHARES, FORKED_PACKS)}"
    return _assembled("build", name, engine / ENGINE, host, provider / PROVIDER, progress)


def _assembled(way: str, name: str, engine: Path, host: Path, provider: Path, progress: Progress) -> Toolchain:
    """Install commands and plugins into the engine's folders.

    Args:
        way: how they were got.
        name: name of the folder in the cache.
        engine: the `pulumi` command.
        host: folder of the language host.
        provider: the Databricks provider.
        progress: where to show it.
    """

    def make(folder: Path) -> None:
        commands, plugin = folder / "bin", folder / "home" / "plugins" / PLUGIN
        commands.mkdir()
        plugin.mkdir(parents=True)
        # Not symbolic links: the engine warns about plugins that do not lie beside its own file.
        _place(engine, commands)
        _place(host / HOST, commands)
        # The engine warns about analyzers that it finds on PATH, wherever they lie.
        forked = folder / "home" / "plugins" / FORKED_PACKS
        forked.mkdir(parents=True)
        _place(host / PACK_COMMAND, forked)
        _place(provider, plugin)
        (plugin / SHARES).touch()

    folder = cache.ensure_folder(name, make, needs_bytes=1_000_000, progress=progress)
    return Toolchain(way, str(folder / "bin"), str(folder / "home"), versions.PULUMI, way)


def _place(file: Path, folder: Path) -> None:
    """Put a file into a folder without taking its space twice, where it is this user's own and the file system can."""
    found = file.stat()
    try:
        if found.st_uid != os.geteuid() or found.st_mode & WRITABLE_BY_OTHERS:
            raise OSError
        os.link(file, folder / file.name)
    except OSError:
        shutil.copy(file, folder / file.name)


def _install_provider(pulumi: Path, home: Path | None, progress: Progress) -> str:
    """Install the Databricks provider into a Pulumi home: there already, downloaded by the engine, or built.

    It is downloaded only where the digest of its archive is pinned.
    """
    plugins = plugins_folder(home)
    if (plugins / PLUGIN).is_dir():
        return "path"
    told = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true", **({"PULUMI_HOME": str(home)} if home else {})}
    install = [str(pulumi), "plugin", "install", "resource", "databricks", versions.PULUMI_DATABRICKS]
    if pinned := versions.PULUMI_DATABRICKS_ARCHIVES.get(platform_name()):
        with progress.step(f"downloading the Databricks provider {versions.PULUMI_DATABRICKS}"):
            command = [*install, "--checksum", pinned]
            if subprocess.run(command, env=told, capture_output=True, check=False).returncode == 0:
                return "download"
        progress.note("it cannot be downloaded; building it")
    built = build.build_provider(find_go(progress), progress) / PROVIDER
    answer = subprocess.run([*install, "--file", str(built)], env=told, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise ToolchainError(
            f"`{' '.join(install)}` failed: {answer.stderr.strip()}", f"Install that plugin into {plugins} yourself."
        )
    (plugins / PLUGIN / SHARES).touch()
    return "build"


def pulumi_version(pulumi: Path) -> Version | None:
    """Return what `pulumi version` says, or None where it says nothing sensible."""
    try:
        answer = subprocess.run([pulumi, "version"], capture_output=True, text=True, timeout=60, check=True)
        return Version(answer.stdout.strip().removeprefix("v"))
    except (OSError, subprocess.SubprocessError, InvalidVersion):
        return None
