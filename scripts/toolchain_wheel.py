"""Make the wheel `rolecall-toolchain` for this platform: engine, Databricks provider, language host, their licences.

    python scripts/toolchain_wheel.py FOLDER

Engine and provider are built from the Go module proxy, or taken from Rolecall's cache.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import platform
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rolecall import __version__
from rolecall.toolchain import build, cache, patch
from rolecall.toolchain.digests import digest_of
from rolecall.toolchain.go import find_go
from rolecall.toolchain.installation import ENGINE, PROVIDER
from rolecall.toolchain.language_host_install import SOURCES
from rolecall.toolchain.progress import Progress
from rolecall.toolchain.wheel import CONTENTS, DISTRIBUTION, ENTRY_SCRIPT, HOST_FOLDER, PACKAGE, expected_builds, files
from scripts.licences import MISSING, licences

# The binaries are static (CGO_ENABLED=0). Go 1.26 runs on Linux 3.2 and macOS 12: https://go.dev/wiki/MinimumRequirements
PLATFORMS = {
    ("Linux", "x86_64"): "manylinux_2_17_x86_64",
    ("Linux", "aarch64"): "manylinux_2_17_aarch64",
    ("Darwin", "x86_64"): "macosx_12_0_x86_64",
    ("Darwin", "arm64"): "macosx_12_0_arm64",
}
# The largest file that PyPI accepts: https://docs.pypi.org/project-management/storage-limits/
MAXIMUM_BYTES = 100_000_000
SUMMARY = "The Pulumi engine and the Databricks provider as Rolecall builds them"
METADATA = """\
Metadata-Version: 2.4
Name: {name}
Version: {version}
Summary: {summary}
License: Apache-2.0 AND MPL-2.0 AND MIT AND BSD-3-Clause and others: see licences/ in the package
Requires-Python: >=3.11

The Pulumi engine, Rolecall's language host for Python programs, and the Databricks provider with a patched copy of
terraform-plugin-sdk. `licences/` names every Go module in them with its version. The patch is in Rolecall's sources
(toolchain/patch.py, toolchain/databricks_provider/patches).
"""
WHEEL = "Wheel-Version: 1.0\nGenerator: rolecall\nRoot-Is-Purelib: false\nTag: py3-none-{platform}\n"
# Equal contents give equal bytes. A zip file stores no time before 1980.
TIMESTAMP = (1980, 1, 1, 0, 0, 0)


class Wheel:
    """Writes a wheel file by file: https://packaging.python.org/specifications/binary-distribution-format/.

    Args:
        path: the file to write.
        level: zlib's compression level.
    """

    def __init__(self, path: Path, level: int) -> None:
        self._zip = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=level)
        self._level = level
        self._record: list[str] = []

    def add(self, name: str, content: bytes, *, executable: bool = False) -> None:
        """Add a file."""
        self._write(name, content, executable=executable)
        digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
        self._record.append(f"{name},sha256={digest},{len(content)}\n")

    def close(self, record: str) -> None:
        """Add the list of all files under the given name, and close the file."""
        self._write(record, "".join([*self._record, f"{record},,\n"]).encode(), executable=False)
        self._zip.close()

    def _write(self, name: str, content: bytes, *, executable: bool) -> None:
        entry = zipfile.ZipInfo(name, TIMESTAMP)
        entry.external_attr = (0o100755 if executable else 0o100644) << 16
        self._zip.writestr(entry, content, zipfile.ZIP_DEFLATED, self._level)


def platform_tag() -> str | None:
    """Return this machine's platform tag; None where no wheel is made for it."""
    return PLATFORMS.get((platform.system(), platform.machine()))


def make_wheel(
    folder: Path, tag: str, engine: Path, provider: Path, texts: Mapping[str, bytes], *, level: int = 9
) -> Path:
    """Write the wheel and return its path.

    Args:
        folder: where it is written.
        tag: platform tag.
        engine: the folder that `build_engine` returns.
        provider: the folder that `build_provider` returns.
        texts: licences by path.
        level: zlib's compression level.
    """
    name = f"{PACKAGE}-{__version__}"
    path = folder / f"{name}-py3-none-{tag}.whl"
    built = {ENGINE: engine / ENGINE, PROVIDER: provider / PROVIDER, ENTRY_SCRIPT: engine / ENTRY_SCRIPT}
    sources = {file: built.get(file) or SOURCES / file.removeprefix(f"{HOST_FOLDER}/") for file in files()}
    record = {"builds": asdict(expected_builds()), "digests": {file: digest_of(each) for file, each in sources.items()}}
    wheel = Wheel(path, level)
    wheel.add(f"{PACKAGE}/__init__.py", f'"""{SUMMARY}."""\n'.encode())
    wheel.add(f"{PACKAGE}/{CONTENTS}", json.dumps(record, indent=2).encode())
    for file, source in sources.items():
        wheel.add(f"{PACKAGE}/{file}", source.read_bytes(), executable=file in built)
    for text, content in sorted(texts.items()):
        wheel.add(f"{PACKAGE}/licences/{text}", content)
    metadata = METADATA.format(name=DISTRIBUTION, version=__version__, summary=SUMMARY)
    wheel.add(f"{name}.dist-info/METADATA", metadata.encode())
    wheel.add(f"{name}.dist-info/WHEEL", WHEEL.format(platform=tag).encode())
    wheel.close(f"{name}.dist-info/RECORD")
    return path


def main() -> None:
    """Build what is missing, and write the wheel."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    tag = platform_tag()
    if tag is None:
        sys.exit(f"no wheel is made for {platform.system()} on {platform.machine()}")
    progress = Progress()
    go = find_go(progress)
    engine, provider = build.build_engine(go, progress), build.build_provider(go, progress)
    if not _is_patched(provider):
        sys.exit(f"the provider was built without the patch of {patch.SDK_MODULE}: no wheel is made of it")
    texts = dict(licences(go, [engine / ENGINE, provider / PROVIDER]))
    texts["rolecall/LICENSE"] = (cache.SOURCES.parent / "LICENSE").read_bytes()
    path = make_wheel(folder, tag, engine, provider, texts)
    size = path.stat().st_size
    if size > MAXIMUM_BYTES:
        sys.exit(f"{path} has {size / 1e6:.0f} MB; a package index accepts {MAXIMUM_BYTES / 1e6:.0f} MB")
    sys.stdout.write(f"{path}: {size / 1e6:.0f} MB, {len(texts)} licence files, SHA-256 {digest_of(path)}\n")
    for text in sorted(texts):
        if text.endswith(MISSING):
            sys.stdout.write(f"no licence file: {text.removesuffix(MISSING).rstrip('/')}\n")


def _is_patched(provider: Path) -> bool:
    return subprocess.run([provider / PROVIDER, "--check-copies"], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    main()
