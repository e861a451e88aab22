"""The API server that all tests of this folder run against."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import httpx
import pytest

from rolecall.local.api_server import ApiServer
from tests.support.api_server import api_server

_numbers = count(1)


@pytest.fixture
def server() -> ApiServer:
    return api_server()


@pytest.fixture
def administrator(server: ApiServer) -> Iterator[httpx.Client]:
    with server.client() as client:
        yield client


@pytest.fixture
def namespace(administrator: httpx.Client) -> str:
    """A namespace of its own: without a controller, a deleted one never goes."""
    name = f"test-{next(_numbers)}"
    administrator.post("/api/v1/namespaces", json={"metadata": {"name": name}}).raise_for_status()
    return name
