"""The patch of terraform-plugin-sdk is applied to the files for which it was written, and to no others."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from rolecall.toolchain import cache, patch
from rolecall.toolchain.build import PROVIDER_SOURCES

ORIGINAL = (
    'import (\n\t"github.com/mitchellh/copystructure"\n)\n\nfunc (m *schemaMap) DeepCopy() schemaMap {\n\tx\n}\nrest\n'
)


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A module whose files are those for which the patch was written."""
    texts = {
        patch.EDITS[0].file: ORIGINAL,
        patch.EDITS[1].file: "func (r *Resource) CoreConfigSchema() *Block {\n}\n",
        patch.EDITS[2].file: "func (b *Block) ImpliedType() cty.Type {\n}\n",
        patch.EDITS[3].file: "type Block struct {\n\tDeprecated bool\n}\n",
    }
    for name, text in texts.items():
        file = tmp_path / "module" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o444)
    edits = tuple(replace(edit, digest=hashlib.sha256(texts[edit.file].encode()).hexdigest()) for edit in patch.EDITS)
    monkeypatch.setattr(patch, "EDITS", edits)
    return tmp_path / "module"


def test_the_copy_is_patched_and_the_module_stays(module: Path, tmp_path: Path) -> None:
    assert patch.unexpected(module) == []
    patch.patched_copy(module, PROVIDER_SOURCES / "patches", tmp_path / "copy")
    assert (module / patch.EDITS[0].file).read_text() == ORIGINAL
    schema = (tmp_path / "copy" / patch.EDITS[0].file).read_text()
    assert "DeepCopy" not in schema
    assert "copystructure" not in schema
    assert schema.endswith("rest\n")
    assert "freshCoreConfigSchema()" in (tmp_path / "copy" / patch.EDITS[1].file).read_text()
    for name, folder in patch.ADDED.items():
        assert (tmp_path / "copy" / folder / name).is_file()


@pytest.mark.parametrize("number", range(len(patch.EDITS)))
def test_a_changed_file_is_not_patched(module: Path, number: int) -> None:
    file = module / patch.EDITS[number].file
    file.chmod(0o644)
    file.write_text(file.read_text() + "// a newer version\n")
    assert patch.unexpected(module) == [patch.EDITS[number].file]


def test_a_place_that_is_not_found_is_an_error() -> None:
    with pytest.raises(ValueError, match="0 places"):
        patch.EDITS[0].applied("package schema\n")


def test_the_engine_is_patched_only_where_its_files_are_the_known_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, copy = tmp_path / "module", tmp_path / "copy"
    texts = (
        "func symmetricCrypterFromPhraseAndState(phrase string, state string) {\n}\n",
        "func (sm *SnapshotManager) defaultServiceLoop(mutationRequests chan mutationRequest) {\n}\n",
    )
    for one, text in zip(patch.ENGINE, texts, strict=True):
        file = module / one.edit.file
        file.parent.mkdir(parents=True)
        file.write_text(text)
    assert patch.engine_copy(module, cache.SOURCES, copy) == [*patch.ENGINE]
    assert not copy.exists()
    first, second = (
        replace(one, edit=replace(one.edit, digest=hashlib.sha256(text.encode()).hexdigest()))
        for one, text in zip(patch.ENGINE, texts, strict=True)
    )
    monkeypatch.setattr(patch, "ENGINE", (patch.ENGINE[0], second))
    assert patch.engine_copy(module, cache.SOURCES, copy) == [patch.ENGINE[0]], "each patch is judged by itself"
    assert (copy / first.edit.file).read_text() == texts[0]
    assert "separateServiceLoop" in (copy / second.edit.file).read_text()
    assert (copy / "backend" / "together.go").is_file()
    shutil.rmtree(copy)
    monkeypatch.setattr(patch, "ENGINE", (first, second))
    assert patch.engine_copy(module, cache.SOURCES, copy) == []
    assert "checkedCrypterFromPhraseAndState" in (copy / first.edit.file).read_text()
    assert (copy / "secrets" / "passphrase" / "on_demand.go").is_file()
    assert (module / second.edit.file).read_text() == texts[1]


FREQUENCY = "package frequency\n\nfunc init() {\n\tread()\n}\n"
MATCHING = """package matching

import (
\t"sort"
)

func init() {
\tloadFrequencyList()
}

func Omnimatch() {
\tif dictionaryMatchers == nil || adjacencyGraphs == nil {
\t\tloadFrequencyList()
\t}
}

func loadFrequencyList() {
\tsort.Sort()
}
"""


@pytest.mark.parametrize("name", patch.WORD_LISTS)
def test_word_lists_are_read_at_the_first_question(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module, copy = tmp_path / "module", tmp_path / "copy"
    for edit, text in zip(patch.WORD_LISTS[name], (FREQUENCY, MATCHING), strict=True):
        (module / edit.file).parent.mkdir(parents=True)
        (module / edit.file).write_text(text)
    assert not patch.word_lists_copy(module, name, copy)
    assert not copy.exists(), "another version is left as it is"
    known = tuple(
        replace(edit, digest=hashlib.sha256((module / edit.file).read_bytes()).hexdigest())
        for edit in patch.WORD_LISTS[name]
    )
    monkeypatch.setattr(patch, "WORD_LISTS", {name: known})
    assert patch.word_lists_copy(module, name, copy)
    frequency, matching = ((copy / edit.file).read_text() for edit in known)
    assert "func init()" not in frequency + matching
    assert matching.count("loading.Do(loadFrequencyList)") == 1
    assert "func loadFrequencyList() {\n\tfrequency.Load()\n" in matching
    assert (copy / "go.mod").read_text() == f"module {name}\n"
