"""Paths in texts, as a file system resolves them."""

from __future__ import annotations

import pytest

from rolecall.policies.texts import flat, secret_like

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


def test_a_long_name_is_searched_once_for_the_word_that_marks_a_secret() -> None:
    """It was searched anew from each of its parts."""
    name = "a." * 100_000
    assert secret_like(f"{name} x", "text") is None
    assert secret_like("x = -db.password: 'correct horse'", "text")
    assert secret_like("x = .my-db.secret => 'correct horse'", "text")
