"""Rewrite the asserts of all tests once, before the workers start: each would do it for itself, 3 s of CPU."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from _pytest.assertion.rewrite import (
    PYC_TAIL,
    AssertionRewritingHook,
    _read_pyc,
    _rewrite_test,
    _write_pyc,
    assertstate_key,
    get_cache_dir,
    try_makedirs,
)


def rewrite_once(config: pytest.Config, folder: Path) -> None:
    """Write the compiled files of a folder's tests and of pytest's plugins, if missing.

    As many processes do it as there are processors. A worker rewrites by itself what none of them has written.
    """
    tests = [path for pattern in ("conftest.py", "test_*.py") for path in folder.rglob(pattern)]
    missing = [path for path in [*tests, *_plugins()] if _read_pyc(path, _compiled(path)) is None]
    count = min(len(missing), os.cpu_count() or 1)
    begun = [_begun(config, missing[number::count]) for number in range(count)]
    for process in begun:
        os.waitpid(process, 0)


def _plugins() -> Iterable[Path]:
    specifications = [getattr(module, "__spec__", None) for module in [*sys.modules.values()]]
    for one in specifications:
        if one is not None and one.origin and isinstance(one.loader, AssertionRewritingHook):
            yield Path(one.origin)


def _compiled(path: Path) -> Path:
    return get_cache_dir(path) / f"{path.stem}{PYC_TAIL}"


def _begun(config: pytest.Config, paths: Iterable[Path]) -> int:
    if process := os.fork():
        return process
    try:
        for path in paths:
            if try_makedirs(get_cache_dir(path)):
                source, code = _rewrite_test(path, config)
                _write_pyc(config.stash[assertstate_key], code, source, _compiled(path))
    finally:
        os._exit(0)
