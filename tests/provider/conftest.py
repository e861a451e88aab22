"""One provider process for each test: what it keeps of the systems must not leak from one to the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.identity import Company, company
from tests.support.prefect_server import prefect_server
from tests.support.provider import ProviderClient, provider


@pytest.fixture
def systems(request: pytest.FixtureRequest) -> Iterator[Company]:
    # Emptying the real server takes longer than most of these tests.
    address = prefect_server() if "prefect" in request.node.name else ""
    with company(prefect=address) as running:
        yield running


@pytest.fixture
def client(systems: Company) -> Iterator[ProviderClient]:
    with provider({**systems.variables(), "ROLECALL_RETRY_SECONDS": "4"}) as running:
        yield running
