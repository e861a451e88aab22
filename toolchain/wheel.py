"""Takes the toolchain from the package `rolecall-toolchain`, where it is installed: nothing is downloaded or built.

`scripts/toolchain_wheel.py` makes the package, one wheel for each platform.
"""

from __future__ import annotations

import json
import site
import sysconfig
from collections.abc import Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from rolecall.errors import ToolchainError
from rolecall.toolchain import build
from rolecall.toolchain.digests import digest_of
from rolecall.toolchain.installation import ENGINE, PROVIDER
from rolecall.toolchain.language_host_install import SOURCES, sources_name

PACKAGE, DISTRIBUTION = "rolecall_toolchain", "rolecall-toolchain"
CONTENTS = "contents.json"
ENTRY_SCRIPT = "pulumi-language-python-exec"
# Folder of the language host's Python files.
HOST_FOLDER = "language_host"
NO_WHEEL = f"Install {DISTRIBUTION} of the same version as Rolecall, or leave ROLECALL_TOOLCHAIN unset."
INSTALL_AGAIN = f"Install {DISTRIBUTION} again: pip install --force-reinstall {DISTRIBUTION}."


@dataclass(frozen=True)
class Builds:
    """Names of the builds in a wheel; each changes with the versions and sources that it is made from."""

    engine: str
    provider: str
    language_host: str


@dataclass(frozen=True)
class WheelContents:
    """The record of a wheel.

    Attributes:
        builds: the builds that it holds.
        digests: SHA-256 by file, relative to the package's folder.
    """

    builds: Builds
    digests: Mapping[str, str]

    @property
    def key(self) -> str:
        """A text that changes with any of it."""
        return json.dumps([astuple(self.builds), sorted(self.digests.items())])


def files() -> list[str]:
    """Return the files that a wheel of this version holds, relative to the package's folder."""
    return [ENGINE, PROVIDER, ENTRY_SCRIPT, *(f"{HOST_FOLDER}/{path.name}" for path in sorted(SOURCES.glob("*.py")))]


def expected_builds() -> Builds:
    """Return the builds that this version of Rolecall needs."""
    return Builds(build.engine_name(), build.provider_name(), sources_name())


def wheel_folder() -> Path | None:
    """Return the folder of the installed package; None where it is not installed.

    Only folders into which packages are installed are searched: whoever writes a checkout cannot put one there.
    """
    folders = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    if site.ENABLE_USER_SITE:
        folders.append(site.getusersitepackages())
    return next((folder for name in folders if (folder := Path(name) / PACKAGE).is_dir()), None)


def read_contents(folder: Path) -> WheelContents:
    """Return the record of an installed package.

    Raises:
        ToolchainError: there is no record, or it cannot be read.
    """
    try:
        record = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        return WheelContents(Builds(**record["builds"]), dict(record["digests"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ToolchainError(f"{folder / CONTENTS} cannot be read: {error}", INSTALL_AGAIN) from error


def checked_wheel() -> tuple[Path, WheelContents]:
    """Return the package's folder and record, after comparing the SHA-256 of every file.

    Raises:
        ToolchainError: it is not installed, belongs to another version of Rolecall, or a file was changed.
    """
    folder = wheel_folder()
    if folder is None:
        raise ToolchainError(f"{DISTRIBUTION} is not installed", NO_WHEEL)
    contents = read_contents(folder)
    if contents.builds != expected_builds():
        raise ToolchainError(
            f"{DISTRIBUTION} holds {', '.join(astuple(contents.builds))}; "
            f"this Rolecall needs {', '.join(astuple(expected_builds()))}",
            NO_WHEEL,
        )
    for name in files():
        found, recorded = digest_of(folder / name), contents.digests.get(name)
        if found is None or found != recorded:
            raise ToolchainError(
                f"{folder / name} has the SHA-256 {found or '(no such file)'}; {CONTENTS} records {recorded}. "
                "It is not used.",
                INSTALL_AGAIN,
            )
    return folder, contents
