"""Downloads Pulumi's official release by https and compares it with the digest that is pinned here."""

from __future__ import annotations

import hashlib
import platform
import tarfile
from pathlib import Path

import httpx

from rolecall import settings
from rolecall.errors import ToolchainError
from rolecall.toolchain import cache, versions
from rolecall.toolchain.progress import Progress, Step

# Where Pulumi publishes releases: https://www.pulumi.com/docs/install/versions/
ARCHIVES = "https://get.pulumi.com/releases/sdk"
# Seconds to wait for a connection: where downloads are not allowed this must not hold up the build for long.
CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 60.0
RELEASE_BYTES = 1_000_000_000

NO_DOWNLOAD = (
    "Set ROLECALL_PULUMI_RELEASES to the https address of a mirror that has the archive, install rolecall-toolchain, "
    "or let it be built: ROLECALL_TOOLCHAIN=build."
)


def download_release(progress: Progress) -> Path:
    """Return a folder with the official release's commands: the engine and its language hosts.

    ROLECALL_PULUMI_RELEASES names a mirror's folder that holds the archive, for closed networks.

    Raises:
        ToolchainError: it cannot be downloaded by https, or has another digest than the pinned one.
    """
    name = platform_name()
    pinned = versions.PULUMI_ARCHIVES[name]

    def make(folder: Path) -> None:
        source = settings.PULUMI_RELEASES.read() or ARCHIVES
        archive = f"pulumi-v{versions.PULUMI}-{name}.tar.gz"
        packed = folder / archive
        try:
            with progress.step(f"downloading Pulumi {versions.PULUMI}") as step, https_client() as client:
                found = _fetch_file(client, f"{source}/{archive}", packed, step)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ToolchainError(f"Pulumi {versions.PULUMI} cannot be downloaded: {error}", NO_DOWNLOAD) from error
        if found != pinned:
            raise ToolchainError(
                f"{archive} has the SHA-256 {found}; the pinned one is {pinned}. It is not used.", NO_DOWNLOAD
            )
        with tarfile.open(packed) as opened:
            opened.extractall(folder, filter="data")
        packed.unlink()

    folder_name = f"release-{versions.PULUMI}-{name}-{pinned[:12]}"
    folder = cache.ensure_folder(folder_name, make, needs_bytes=RELEASE_BYTES, progress=progress)
    return folder / "pulumi"


def https_client() -> httpx.Client:
    """Return a client that follows redirects and sends nothing except by https."""
    timeout = httpx.Timeout(READ_TIMEOUT, connect=CONNECT_TIMEOUT)
    return httpx.Client(timeout=timeout, follow_redirects=True, event_hooks={"request": [_require_https]})


def _require_https(request: httpx.Request) -> None:
    if request.url.scheme != "https":
        raise ToolchainError(
            f"programs are downloaded by https only; {request.url.host} would be asked by {request.url.scheme}",
            NO_DOWNLOAD,
        )


def platform_name() -> str:
    """Return this machine's platform as Pulumi's archives name it.

    Raises:
        ToolchainError: there is no release for it.
    """
    system = {"Linux": "linux", "Darwin": "darwin"}.get(platform.system())
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}.get(platform.machine().lower())
    if not system or not machine:
        raise ToolchainError(
            f"Pulumi publishes no supported release for {platform.system()} on {platform.machine()}",
            f"Install Pulumi {versions.PULUMI_OLDEST} or newer yourself and put it on PATH.",
        )
    return f"{system}-{machine}"


def _fetch_file(client: httpx.Client, address: str, path: Path, step: Step) -> str:
    """Write what an address answers to a file and return its SHA-256."""
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
