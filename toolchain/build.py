"""Builds the engine and the Databricks provider from the Go module proxy."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
from collections.abc import Sequence
from pathlib import Path

from rolecall.errors import ToolchainError
from rolecall.toolchain import cache, commands, patch, versions
from rolecall.toolchain.go_modules import checksum_in, require_checksum
from rolecall.toolchain.progress import Progress, Step

ENGINE_SOURCES = cache.SOURCES / "engine"
PROVIDER_SOURCES = cache.SOURCES / "databricks_provider"
SAME_USER = cache.SOURCES / "same_user"
INFO_PACKAGE = "rolecall/toolchain/databricks_provider/info"

# What Go's module and build caches take for each, measured on linux/amd64 with empty caches, with room to spare.
ENGINE_BYTES = 4_000_000_000
PROVIDER_BYTES = 4_000_000_000

# Modules are those of go.sum, got by https, and Go is the one that was found.
ENVIRONMENT = {
    "CGO_ENABLED": "0",
    "GOFLAGS": "-buildvcs=false -mod=readonly",
    "GOINSECURE": "",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}

NO_BUILD = (
    "Go downloads modules through GOPROXY: check that it can be reached. What was compiled is kept; the next call "
    "goes on from there."
)


def build_engine(go: Path, progress: Progress) -> Path:
    """Return a folder with the `pulumi` command and the SDK's entry script for Python programs.

    Raises:
        ToolchainError: a module cannot be downloaded or compiled.
    """

    def make(folder: Path) -> None:
        version = f"v{versions.PULUMI}"
        flag = f"-s -w -X {versions.SDK_MODULE}/go/common/version.Version={version}"
        sources = _copy(ENGINE_SOURCES, folder / "sources")
        _guard_servers(go, sources, progress)
        _patch_engine(go, sources, progress)
        _load_word_lists_on_demand(go, sources, progress)
        _go_build(go, sources, f"{versions.ENGINE_MODULE}/cmd/pulumi", folder, flag, "the Pulumi engine", progress)
        sdk = _module_folder(go, sources, versions.SDK_MODULE)
        script = folder / "pulumi-language-python-exec"
        shutil.copyfile(sdk / "python" / "cmd" / "pulumi-language-python-exec", script)
        shutil.rmtree(sources)

    return cache.ensure_folder(engine_name(), make, needs_bytes=ENGINE_BYTES, progress=progress)


def build_provider(go: Path, progress: Progress) -> Path:
    """Return a folder with `pulumi-resource-databricks`.

    The bridge works in two steps: a generator writes the schema, and the provider carries it inside.

    Raises:
        ToolchainError: a module cannot be downloaded or compiled.
    """

    def make(folder: Path) -> None:
        sources = _copy(PROVIDER_SOURCES, folder / "sources")
        _lay_upstream(go, sources, progress)
        _guard_servers(go, sources, progress)
        tags = _patch_sdk(go, sources, progress)
        schema = sources / "cmd" / "pulumi-resource-databricks" / "schema.json"
        table = sources / "info" / "bridge-metadata.json"
        table.write_text("{}")
        flag = f"-s -w -X {INFO_PACKAGE}.Version={versions.PULUMI_DATABRICKS}"
        _go_build(
            go,
            sources,
            "./cmd/pulumi-tfgen-databricks",
            sources,
            flag,
            "the Databricks provider's generator",
            progress,
            tags,
        )
        with progress.step("writing the Databricks provider's schema") as step:
            generator = sources / "pulumi-tfgen-databricks"
            commands.run(
                [generator, "schema", "--out", sources / "generated"], folder=sources, step=step, how_to_go_on=NO_BUILD
            )
        shutil.copyfile(sources / "generated" / "schema.json", schema)
        shutil.copyfile(sources / "generated" / "bridge-metadata.json", table)
        shutil.copyfile(schema, folder / "schema.json")
        _go_build(
            go, sources, "./cmd/pulumi-resource-databricks", folder, flag, "the Databricks provider", progress, tags
        )
        shutil.rmtree(sources)

    return cache.ensure_folder(provider_name(), make, needs_bytes=PROVIDER_BYTES, progress=progress)


def engine_name() -> str:
    """Return the name of the engine's build: it changes with version and sources."""
    files = [*_files(ENGINE_SOURCES), *_files(SAME_USER), *(cache.SOURCES / one.added for one in patch.ENGINE)]
    edits = repr((patch.SAME_USER, patch.ENGINE, patch.WORD_LISTS))
    return f"engine-{cache.key_of(versions.PULUMI, edits, files=files)}"


def provider_name() -> str:
    """Return the name of the Databricks provider's build: it changes with versions, sources and the patch."""
    edits = repr((patch.EDITS, patch.SAME_USER))
    parts = (versions.PULUMI_DATABRICKS, versions.TERRAFORM_PROVIDER_DATABRICKS, edits)
    return f"databricks-provider-{cache.key_of(*parts, files=[*_files(PROVIDER_SOURCES), *_files(SAME_USER)])}"


def _lay_upstream(go: Path, sources: Path, progress: Progress) -> None:
    """Copy upstream's module into the build, with our shim inside: Go lets nobody else import internal packages."""
    module = f"{versions.PROVIDER_MODULE}@v{versions.TERRAFORM_PROVIDER_DATABRICKS}"
    with progress.step("getting the Databricks provider's sources") as step:
        answer = _capture([go, "mod", "download", "-json", module], cache.cache_folder(), step)
    upstream = sources / "upstream"
    shutil.copytree(json.loads(answer)["Dir"], upstream)
    require_checksum(upstream, module, versions.PROVIDER_CHECKSUM)
    for path in (upstream, *upstream.rglob("*")):
        if path.is_dir():
            path.chmod(path.stat().st_mode | stat.S_IWUSR)
    shutil.move(sources / "shim", upstream / "shim")


def _guard_servers(go: Path, sources: Path, progress: Progress) -> None:
    """Build with a copy of the Pulumi SDK whose servers admit only the user who runs them.

    Raises:
        ToolchainError: it is another SDK than the one for which the check was written.
    """
    with progress.step("adding a check of users to the Pulumi SDK") as step:
        answer = json.loads(_capture([go, "mod", "download", "-json", patch.PULUMI_SDK], sources, step))
        module, name = Path(answer["Dir"]), f"{answer['Path']}@{answer['Version']}"
        require_checksum(module, name, checksum_in(sources / "go.sum", name))
        try:
            patch.guarded_copy(module, SAME_USER, sources / "pulumi-sdk")
        except ValueError as error:
            how = "This release of Rolecall needs the versions in toolchain/versions.py."
            raise ToolchainError(str(error), how) from error
        _capture([go, "mod", "edit", f"-replace={patch.PULUMI_SDK}=./pulumi-sdk"], sources, step)


def _patch_engine(go: Path, sources: Path, progress: Progress) -> None:
    """Build with a copy of the engine's module that has our patches of it."""
    with progress.step("patching the Pulumi engine") as step:
        answer = json.loads(_capture([go, "mod", "download", "-json", versions.ENGINE_MODULE], sources, step))
        module, name = Path(answer["Dir"]), f"{answer['Path']}@{answer['Version']}"
        require_checksum(module, name, checksum_in(sources / "go.sum", name))
        copy = sources / "pulumi-engine"
        missing = patch.engine_copy(module, cache.SOURCES, copy)
        if copy.is_dir():
            _capture([go, "mod", "edit", f"-replace={versions.ENGINE_MODULE}=./{copy.name}"], sources, step)
    for one in missing:
        progress.note(
            f"the Pulumi engine is built without a patch, and {one.without}: {one.edit.file} is not the file for which "
            "the patch was written"
        )


def _load_word_lists_on_demand(go: Path, sources: Path, progress: Progress) -> None:
    """Build with copies of the modules of `patch.WORD_LISTS`, which load their word lists on first use."""
    for number, module_name in enumerate(patch.WORD_LISTS):
        with progress.step("patching the Pulumi engine's word lists") as step:
            answer = json.loads(_capture([go, "mod", "download", "-json", module_name], sources, step))
            module, name = Path(answer["Dir"]), f"{answer['Path']}@{answer['Version']}"
            require_checksum(module, name, checksum_in(sources / "go.sum", name))
            folder = f"word-lists-{number}"
            if patch.word_lists_copy(module, module_name, sources / folder):
                _capture([go, "mod", "edit", f"-replace={module_name}=./{folder}"], sources, step)
                continue
        progress.note(
            f"the Pulumi engine is built with {module_name} as it is, and loads its word lists in each process: it is "
            "not the version for which the patch was written"
        )


def _patch_sdk(go: Path, sources: Path, progress: Progress) -> list[str]:
    """Build with a patched copy of terraform-plugin-sdk, if it is the one for which the patch was written.

    Returns:
        build tags; none where the provider is built without the patch.
    """
    with progress.step("getting terraform-plugin-sdk's sources") as step:
        answer = json.loads(_capture([go, "mod", "download", "-json", patch.SDK_MODULE], sources, step))
    module, name = Path(answer["Dir"]), f"{answer['Path']}@{answer['Version']}"
    require_checksum(module, name, checksum_in(PROVIDER_SOURCES / "go.sum", name))
    if unexpected := patch.unexpected(module):
        progress.note(
            f"the Databricks provider is built without the patch of terraform-plugin-sdk, and needs twice the CPU: "
            f"{', '.join(unexpected)} is not the file for which the patch was written"
        )
        return []
    patch.patched_copy(module, sources / "patches", sources / "plugin-sdk")
    shutil.rmtree(sources / "patches")
    with progress.step("patching terraform-plugin-sdk") as step:
        _capture([go, "mod", "edit", f"-replace={patch.SDK_MODULE}=./plugin-sdk"], sources, step)
    return [patch.BUILD_TAG]


def _go_build(
    go: Path,
    sources: Path,
    package: str,
    into: Path,
    linker_flags: str,
    title: str,
    progress: Progress,
    tags: Sequence[str] = (),
) -> None:
    with progress.step(f"building {title} (Go modules; minutes the first time)") as step:
        commands.run(
            [
                go,
                "build",
                "-v",
                "-trimpath",
                "-tags",
                ",".join(tags),
                "-ldflags",
                linker_flags,
                "-o",
                f"{into}{os.sep}",
                package,
            ],
            folder=sources,
            step=step,
            environment=ENVIRONMENT,
            detail=compiled,
            how_to_go_on=NO_BUILD,
        )


def compiled(count: int, line: str) -> str:
    """Return the progress of `go build -v`: it prints a line for each module it gets and each package it compiles."""
    if not line:
        return ""
    return f"getting {line.split()[-2]}" if line.startswith("go: downloading") else f"{count:,} modules and packages"


def _module_folder(go: Path, sources: Path, module: str) -> Path:
    answer = subprocess.run(
        [go, "list", "-m", "-f", "{{.Dir}}", module], cwd=sources, capture_output=True, text=True, check=False
    )
    if answer.returncode or not answer.stdout.strip():
        raise ToolchainError(f"Go does not find the module {module}: {answer.stderr.strip()}", NO_BUILD)
    return Path(answer.stdout.strip())


def _capture(command: list[str | Path], folder: Path, step: Step) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    step.update("")
    environment = {**os.environ, **ENVIRONMENT}
    answer = subprocess.run(
        list(map(str, command)), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if answer.returncode:
        detail = answer.stderr.strip() or answer.stdout.strip()
        raise ToolchainError(f"`{' '.join(map(str, command))}` failed: {detail}", NO_BUILD)
    return answer.stdout


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix in (".go", ".mod", ".sum")]


def _copy(sources: Path, folder: Path) -> Path:
    generated = shutil.ignore_patterns("schema.json", "bridge-metadata.json", "upstream")
    return Path(shutil.copytree(sources, folder, ignore=generated))
