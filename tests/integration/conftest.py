"""An account as the integration tests' contract means it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.emulator import ServedEmulator, served


@pytest.fixture
def emulator() -> Iterator[ServedEmulator]:
    """An account in pages of the usual size."""
    with served(small_pages=False) as running:
        yield running
