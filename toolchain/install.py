"""Gets the toolchain: from a package, from PATH, from the official release, or built; the first of these that works."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from packaging.version import InvalidVersion, Version

from rolecall.errors import ToolchainError
from toolchain import build, cache, versions
from toolchain.download import download_release
from toolchain.go import find_go
from toolchain.language_host_install import HOST, PACK_COMMAND, install_language_host
from toolchain.progress import Progress
from toolchain.wheel import CONTENTS, ENGINE, ENTRY_SCRIPT, HOST_FOLDER, PROVIDER, checked_wheel, wheel_folder

WAYS = ("wheel", "path", "download", "build")
# Lies beside a provider that was built: it can serve several engines, which the official one cannot.
SHARES = "serves-several-engines"
# What stands for policy packs of which a template runs.
FORKED_PACKS = f"{PACK_COMMAND.removeprefix('pulumi-')}-v1.0.0"
PLUGIN = f"resource-databricks-v{versions.PULUMI_DATABRICKS}"


@dataclass(frozen=True)
class Toolchain:
    """What was found or made.

    Attributes:
        way: how the engine was got: `wheel`, `path`, `download` or `build`.
        bin: folder to put first on PATH; it holds `pulumi` and its Python language host.
        home: PULUMI_HOME, which holds the Databricks provider; None where the user's own is used.
        version: the engine's version.
        provider: how the Databricks provider was got: `wheel`, `download`, `build`, or `path` where it was there.
        passed_over: why an earlier way was not taken.
    """

    way: str
    bin: str
    home: str | None
    version: str
    provider: str
    passed_over: tuple[str, ...] = ()

    @property
    def pulumi(self) -> Path:
        """The `pulumi` command."""
        return Path(self.bin) / "pulumi"

    def shared_provider(self) -> Path | None:
        """Return the Databricks provider that can serve several engines; None where it is not one that was built."""
        folder = _plugins(Path(self.home) if self.home else None) / PLUGIN
        return folder / "pulumi-resource-databricks" if (folder / SHARES).exists() else None

    def forks_packs(self) -> bool:
        """Say whether the engine can be given forks of a policy pack that runs."""
        return (_plugins(Path(self.home) if self.home else None) / FORKED_PACKS / PACK_COMMAND).exists()

    def environment(self) -> dict[str, str]:
        """Return what a process needs in its environment to use this toolchain, PATH excepted."""
        told = {"PULUMI_SKIP_UPDATE_CHECK": "true"}
        if self.home:
            told |= {"PULUMI_HOME": self.home, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}
        return told


def forced_way() -> str | None:
    """Return the way that ROLECALL_TOOLCHAIN forces, if any.

    Raises:
        ToolchainError: it is none of them.
    """
    forced = os.environ.get("ROLECALL_TOOLCHAIN") or None
    if forced is not None and forced not in WAYS:
        raise ToolchainError(f"ROLECALL_TOOLCHAIN is {forced!r}", f"It may be one of {', '.join(WAYS)}, or not set.")
    return forced


def installed(way: str | None = None) -> Toolchain | None:
    """Return the toolchain that an earlier call installed, or None. Takes milliseconds: it reads one small file."""
    record = _record(way)
    if not record.is_file():
        return None
    told = json.loads(record.read_text())
    found = Toolchain(**{**told, "passed_over": tuple(told["passed_over"])})
    return found if found.pulumi.exists() else None


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
    for name in [forced] if forced else WAYS:
        try:
            got = ways[name](progress)
        except ToolchainError as error:
            if forced or name == WAYS[-1]:
                for reason in passed_over:
                    progress.note(reason)
                raise
            passed_over.append(f"{name}: {error.what}")
            continue
        complete = Toolchain(**{**asdict(got), "passed_over": tuple(passed_over)})
        _write_record(_record(forced), complete)
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
    return cache.cache_folder() / f"toolchain-{way or 'any'}-{cache.key_of(*parts, files=[*sources, *contents])}.json"


def _write_record(path: Path, toolchain: Toolchain) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as file:
        json.dump(asdict(toolchain), file, indent=2)
    os.replace(file.name, path)


def _from_wheel(progress: Progress) -> Toolchain:
    folder, contents = checked_wheel()
    # The environment that holds the package has what the language host needs, and goes when the package does.
    sources, python = folder / HOST_FOLDER, Path(sys.executable)
    host = install_language_host(folder / ENTRY_SCRIPT, progress, sources=sources, python=python)
    name = f"wheel-{cache.key_of(contents.key, host.name, SHARES, FORKED_PACKS)}"
    return _assembled("wheel", name, folder / ENGINE, host, folder / PROVIDER, progress)


def _from_path(progress: Progress) -> Toolchain:
    found = shutil.which("pulumi")
    if found is None:
        raise ToolchainError("no pulumi on PATH", "Install Pulumi, or leave ROLECALL_TOOLCHAIN unset.")
    version = pulumi_version(Path(found))
    if version is None or not Version(versions.PULUMI_OLDEST) <= version < Version("4"):
        raise ToolchainError(
            f"{found} is version {version or 'unknown'}; {versions.PULUMI_OLDEST} or newer of version 3 is needed",
            "Upgrade it, or leave ROLECALL_TOOLCHAIN unset so that the right one is used.",
        )
    if shutil.which("pulumi-language-python") is None:
        raise ToolchainError(
            f"{found} has no pulumi-language-python beside it", "Install Pulumi with its language hosts."
        )
    provider = _install_provider(Path(found), None, progress)
    return Toolchain("path", str(Path(found).parent), None, str(version), provider)


def _downloaded(progress: Progress) -> Toolchain:
    folder = download_release(progress)
    home = cache.cache_folder() / f"home-release-{versions.PULUMI}-{versions.PULUMI_DATABRICKS}"
    provider = _install_provider(folder / "pulumi", home, progress)
    return Toolchain("download", str(folder), str(home), versions.PULUMI, provider)


def _built(progress: Progress) -> Toolchain:
    go = find_go(progress)
    engine = build.build_engine(go, progress)
    host = install_language_host(engine / "pulumi-language-python-exec", progress)
    provider = build.build_provider(go, progress)
    name = f"built-{cache.key_of(engine.name, host.name, provider.name, SHARES, FORKED_PACKS)}"
    return _assembled("build", name, engine / "pulumi", host, provider / "pulumi-resource-databricks", progress)


def _assembled(way: str, name: str, engine: Path, host: Path, provider: Path, progress: Progress) -> Toolchain:
    """Lay commands and plugins into the folders where the engine looks for them.

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
    """Put a file into a folder without taking its space twice, where the file system can."""
    try:
        os.link(file, folder / file.name)
    except OSError:
        shutil.copy2(file, folder / file.name)


def _install_provider(pulumi: Path, home: Path | None, progress: Progress) -> str:
    """Install the Databricks provider into a Pulumi home: there already, downloaded by the engine, or built."""
    plugins = _plugins(home)
    if (plugins / PLUGIN).is_dir():
        return "path"
    told = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true", **({"PULUMI_HOME": str(home)} if home else {})}
    install = [str(pulumi), "plugin", "install", "resource", "databricks", versions.PULUMI_DATABRICKS]
    with progress.step(f"downloading the Databricks provider {versions.PULUMI_DATABRICKS}"):
        if subprocess.run(install, env=told, capture_output=True, check=False).returncode == 0:
            return "download"
    progress.note("it cannot be downloaded; building it")
    built = build.build_provider(find_go(progress), progress) / "pulumi-resource-databricks"
    answer = subprocess.run([*install, "--file", str(built)], env=told, capture_output=True, text=True, check=False)
    if answer.returncode:
        raise ToolchainError(
            f"`{' '.join(install)}` failed: {answer.stderr.strip()}", f"Install that plugin into {plugins} yourself."
        )
    (plugins / PLUGIN / SHARES).touch()
    return "build"


def _plugins(home: Path | None) -> Path:
    """Return the folder of plugins: of a Pulumi home, or of the user's own."""
    return (home or Path(os.environ.get("PULUMI_HOME", Path.home() / ".pulumi"))) / "plugins"


def pulumi_version(pulumi: Path) -> Version | None:
    """Return what `pulumi version` says, or None where it says nothing sensible."""
    try:
        answer = subprocess.run([pulumi, "version"], capture_output=True, text=True, timeout=60, check=True)
        return Version(answer.stdout.strip().removeprefix("v"))
    except (OSError, subprocess.SubprocessError, InvalidVersion):
        return None
