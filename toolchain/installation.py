"""An installed toolchain: its folders and programs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rolecall.toolchain import versions
from rolecall.toolchain.language_host_install import HOST, PACK_COMMAND

ENGINE, PROVIDER = "pulumi", "pulumi-resource-databricks"
# Lies beside a provider that was built: it can serve several engines, which the official one cannot.
SHARES = "serves-several-engines"
# What stands for policy packs of which a template runs.
FORKED_PACKS = f"{PACK_COMMAND.removeprefix('pulumi-')}-v1.0.0"
PLUGIN = f"resource-databricks-v{versions.PULUMI_DATABRICKS}"


@dataclass(frozen=True)
class Toolchain:
    """An installed toolchain.

    Attributes:
        way: source of the engine: `wheel`, `path`, `download` or `build`.
        bin: folder to put first on PATH; it holds `pulumi` and its Python language host.
        home: PULUMI_HOME, which holds the Databricks provider; None where the user's own is used.
        version: the engine's version.
        provider: source of the Databricks provider: `wheel`, `download`, `build`, or `path` where it was there.
        passed_over: why earlier ways were not taken.
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
        return Path(self.bin) / ENGINE

    def shared_provider(self) -> Path | None:
        """Return the Databricks provider that can serve several engines; None where it is not one that was built."""
        folder = self._plugins / PLUGIN
        return folder / PROVIDER if (folder / SHARES).exists() else None

    def forks_packs(self) -> bool:
        """Return whether the engine can attach to forks of a running policy pack."""
        return (self._plugins / FORKED_PACKS / PACK_COMMAND).exists()

    def environment(self) -> dict[str, str]:
        """Return what a process needs in its environment to use this toolchain, PATH excepted."""
        variables = {"PULUMI_SKIP_UPDATE_CHECK": "true"}
        if self.home:
            variables |= {"PULUMI_HOME": self.home, "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true"}
        return variables

    def programs(self) -> Iterator[Path]:
        """Yield the programs that an engine starts, the engine itself first; not those of a user's own home."""
        yield self.pulumi
        candidates = [Path(self.bin) / HOST]
        if self.home:
            candidates += [self._plugins / PLUGIN / PROVIDER, self._plugins / FORKED_PACKS / PACK_COMMAND]
        yield from (path for path in candidates if path.exists())

    @property
    def _plugins(self) -> Path:
        return plugins_folder(Path(self.home) if self.home else None)


def plugins_folder(home: Path | None) -> Path:
    """Return the folder of plugins: of a Pulumi home, or of the user's own."""
    return (home or Path(os.environ.get("PULUMI_HOME", Path.home() / ".pulumi"))) / "plugins"
