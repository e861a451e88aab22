"""A mirror of Pulumi's releases on this machine, and a `pulumi` that does nothing."""

from __future__ import annotations

import hashlib
import io
import ssl
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rolecall.emulators.certificate import certificate_in
from rolecall.toolchain import install, versions
from rolecall.toolchain.download import platform_name
from tests.support.threads import serving


@dataclass
class Mirror:
    """A folder that is served.

    Attributes:
        folder: what is served.
        address: where.
        asked: the paths that were asked for.
        redirect: address of a folder to which every request is redirected, if any.
    """

    folder: Path
    address: str = ""
    asked: list[str] = field(default_factory=list)
    redirect: str = ""


@contextmanager
def served_folder(folder: Path, *, secure: bool) -> Iterator[Mirror]:
    """Serve a folder by HTTP, or by HTTPS with a certificate in `folder`'s parent."""
    mirror = Mirror(folder)

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            mirror.asked.append(self.path)
            if not mirror.redirect:
                super().do_GET()
                return
            self.send_response(302)
            self.send_header("Location", f"{mirror.redirect}{self.path}")
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    if secure:
        certificate = certificate_in(folder.parent)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    mirror.address = f"{'https' if secure else 'http'}://127.0.0.1:{server.server_port}"
    with serving(server):
        yield mirror


def write_release(folder: Path) -> Path:
    """Write an archive like Pulumi's for this platform, and return its path."""
    folder.mkdir(parents=True, exist_ok=True)
    archive = folder / f"pulumi-v{versions.PULUMI}-{platform_name()}.tar.gz"
    script = f"#!/bin/sh\ncase $1 in version) echo v{versions.PULUMI};; esac\n"
    with tarfile.open(archive, "w:gz") as opened:
        for name in ("pulumi", "pulumi-language-python"):
            entry = tarfile.TarInfo(f"pulumi/{name}")
            entry.mode, entry.size = 0o755, len(script)
            opened.addfile(entry, io.BytesIO(script.encode()))
    return archive


def pin_release(archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make an archive the one that Rolecall expects on this platform."""
    digest = hashlib.sha256(archive.read_bytes()).hexdigest()
    monkeypatch.setitem(versions.PULUMI_ARCHIVES, platform_name(), digest)


def pulumi_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> Path:
    """Put a `pulumi` with its language host first on PATH, the provider into its home; return its folder."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("pulumi", "pulumi-language-python"):
        (folder / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/started\necho v{version}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    home = tmp_path / "home"
    (home / "plugins" / install.PLUGIN).mkdir(parents=True)
    monkeypatch.setenv("PULUMI_HOME", str(home))
    return folder
