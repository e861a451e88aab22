"""A stack counts as unchanged by its inputs and the number of the format, not by our source text."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rolecall.slices import part as part_module
from rolecall.slices.part import FORMAT, part_of
from rolecall.slices.slice import slice_named
from tests.generators import declared as generator
from tests.support.contracts import compiled
from tests.support.declared import everything_found


@pytest.fixture(autouse=True)
def _collect_garbage() -> Iterator[None]:
    """Finalize what Pulumi's mocks leave behind here (https://github.com/python/cpython/issues/106905)."""
    yield
    gc.collect()


@pytest.mark.parametrize("contract", generator.CONTRACTS)
def test_what_examples_declare_changes_only_with_the_format(contract: str) -> None:
    before = generator.recorded()
    assert before["format"] == FORMAT, "run `make generate`"
    found = generator.digests(contract)
    changed = [stack for stack, digest in found.items() if before["declared"][contract].get(stack, digest) != digest]
    assert not changed, generator.RAISE
    assert found.keys() == before["declared"][contract].keys(), "run `make generate`"


def test_a_raised_format_runs_every_stack_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = compiled(tmp_path)
    one, found = slice_named(contract.contract, "dev.churn"), everything_found(contract.contract)
    before = part_of(contract, one, found)
    assert before.digest == part_of(contract, one, found).digest
    monkeypatch.setattr(part_module, "FORMAT", FORMAT + 1)
    after = part_of(contract, one, found)
    assert before.digest != after.digest
    assert before.objects_digest != after.objects_digest


def test_what_is_declared_otherwise_at_the_same_format_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "declared.json"
    file.write_text(json.dumps({"format": FORMAT, "declared": {"one": {"dev": "then"}}}))
    monkeypatch.setattr(generator, "RECORDED", file)
    monkeypatch.setattr(generator, "CONTRACTS", ("one",))
    monkeypatch.setattr(generator, "digests", lambda contract: {"dev": "now"})
    with pytest.raises(SystemExit, match="raise FORMAT"):
        generator.main()
    monkeypatch.setattr(generator, "digests", lambda contract: {"dev": "then", "prod": "new"})
    generator.main()
    assert generator.recorded()["declared"] == {"one": {"dev": "then", "prod": "new"}}
    monkeypatch.setattr(part_module, "FORMAT", FORMAT + 1)
    monkeypatch.setattr(generator, "digests", lambda contract: {"dev": "now"})
    generator.main()
    assert generator.recorded() == {"format": FORMAT + 1, "declared": {"one": {"dev": "now"}}}
