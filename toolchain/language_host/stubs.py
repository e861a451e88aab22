"""Import the SDK's gRPC stubs without the SDK itself, which costs a second of every engine run."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def prepare_light_import() -> None:
    """Register `pulumi` and `pulumi.runtime` as bare packages, so that `pulumi.runtime.proto` alone is loaded.

    Only for the language host's own process: programs run in a child process with the whole SDK.

    Raises:
        ModuleNotFoundError: the Pulumi SDK is not installed in this interpreter.
    """
    spec = importlib.util.find_spec("pulumi")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("the Pulumi SDK is not installed in the language host's interpreter", name="pulumi")
    root = Path(spec.origin).parent
    for name, folder in (("pulumi", root), ("pulumi.runtime", root / "runtime")):
        package = ModuleType(name)
        package.__path__ = [str(folder)]
        sys.modules[name] = package
