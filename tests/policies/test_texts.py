"""Paths in texts, as a file system resolves them."""

from __future__ import annotations

import pytest

from rolecall.policies.texts import flat

PATHS = {
    "/Workspace//Shared/./x/../../Users/eve": "/Workspace/Users/eve",
    "/../../Users/eve/x": "/Users/eve/x",
    "a/../b": "a/../b",
    "dbfs:/x/../mnt": "dbfs:/mnt",
    "s3://bucket/../x": "s3://x",
    "python=/../Users/eve --x '/a/../Users'": "python=/Users/eve --x '/Users'",
    "/a b/../c": "/a b/../c",
    "/a/..b/...": "/a/..b/...",
    "/a/.\n": "/a\n",
    "/..": "/..",
    # Each step was a search of the whole text.
    f"{'/a' * 30_000}{'/..' * 30_000}/Users/eve": "/Users/eve",
    f"{'/..' * 30_000}/Users/eve": "/Users/eve",
}


@pytest.mark.parametrize(("text", "expected"), PATHS.items(), ids=range(len(PATHS)))
def test_paths_are_resolved_as_a_file_system_does(text: str, expected: str) -> None:
    assert flat(text) == expected
