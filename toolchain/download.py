"""Downloads Pulumi's official release and verifies its checksum."""

from __future__ import annotations

import hashlib
import os
import platform
import tarfile
from pathlib import Path

import httpx

from rolecall.errors import ToolchainError
from toolchain import cache, versions
from toolchain.progress import Progress, Step

# Where Pulumi publishes releases and, on another host, their checksums: https://www.pulumi.com/docs/install/versions/
ARCHIVES = "https://get.pulumi.com/releases/sdk"
CHECKSUMS = f"https://github.com/pulumi/pulumi/releases/download/v{versions.PULUMI}"
# Seconds to wait for a connection: where downloads are not allowed this must not hold up the build for long.
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 60.0
RELEASE_BYTES = 1_000_000_000

NO_DOWNLOAD = (
    "Set ROLECALL_PULUMI_RELEASES to a mirror that holds the archive and its checksum file, or let it be built: "
    "ROLECALL_TOOLCHAIN=build."
)


def download_release(progress: Progress) -> Path:
    """Return a folder with the official release's commands: the engine and its language hosts.

    ROLECALL_PULUMI_RELEASES names a mirror's folder that holds both files, for closed networks.

    Raises:
        ToolchainError: it cannot be downloaded, or the checksum is not the published one.
    """

    def make(folder: Path) -> None:
        mirror = os.environ.get("ROLECALL_PULUMI_RELEASES", "").rstrip("/")
        archive = f"pulumi-v{versions.PULUMI}-{_platform()}.tar.gz"
        title = f"downloading Pulumi {versions.PULUMI}"
        timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
        packed = folder / archive
        try:
            with progress.step(title) as step, httpx.Client(timeout=timeout, follow_redirects=True) as client:
                listed = _fetch_text(client, f"{mirror or CHECKSUMS}/pulumi-{versions.PULUMI}-checksums.txt")
                wanted = _checksum_of(archive, listed)
                found = _fetch_file(client, f"{mirror or ARCHIVES}/{archive}", packed, step)
        except httpx.HTTPError as error:
            raise ToolchainError(f"Pulumi {versions.PULUMI} cannot be downloaded: {error}", NO_DOWNLOAD) from error
        if found != wanted:
            raise ToolchainError(
                f"{archive} has the SHA-256 checksum {found}; the published one is {wanted}. It is not used.",
                NO_DOWNLOAD,
            )
        with tarfile.open(packed) as opened:
            opened.extractall(folder, filter="data")
        packed.unlink()

    folder = cache.ensure_folder(
        f"release-{versions.PULUMI}-{_platform()}", make, needs_bytes=RELEASE_BYTES, progress=progress
    )
    return folder / "pulumi"


def _platform() -> str:
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system())
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine().lower())
    if not system or not machine:
        raise ToolchainError(
            f"Pulumi publishes no release that Rolecall knows for {platform.system()} on {platform.machine()}",
            f"Install Pulumi {versions.PULUMI_OLDEST} or newer yourself and put it on PATH.",
        )
    return f"{system}-{machine}"


def _fetch_text(client: httpx.Client, address: str) -> str:
    answer = client.get(address)
    answer.raise_for_status()
    return answer.text


def _fetch_file(client: httpx.Client, address: str, path: Path, step: Step) -> str:
    """Write what an address answers to a file and return its SHA-256 checksum."""
    digest = hashlib.sha256()
    with client.stream("GET", address) as answer, path.open("wb") as file:
        answer.raise_for_status()
        total = int(answer.headers.get("content-length", 0))
        done = 0
        for chunk in answer.iter_bytes():
            digest.update(chunk)
            done += file.write(chunk)
            step.update(f"{done / 1e6:.0f} of {total / 1e6:.0f} MB")
    return digest.hexdigest()


def _checksum_of(archive: str, listed: str) -> str:
    for line in listed.splitlines():
        checksum, _, name = line.partition("  ")
        if name.strip() == archive:
            return checksum.strip().lower()
    raise ToolchainError(f"the published checksums do not name {archive}", NO_DOWNLOAD)
