"""Rolecall: access-as-code for Databricks machine learning and everything around it.

The names in `__all__` are the public interface: they keep their meaning within a major version. All others may change.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rolecall.access import Compilation, compile_contract
    from rolecall.access.grant import Grant, Reason
    from rolecall.compiled import CompiledContract, compile_file
    from rolecall.contract import Contract, LoadedContract, load_contract
    from rolecall.errors import InvalidContract, Problem, RolecallError
    from rolecall.ids.ids import GroupId, ObjectId, ServicePrincipalId
    from rolecall.ids.verbs import Kind, Verb

__version__ = "0.1.0"
__all__ = [
    "Compilation",
    "CompiledContract",
    "Contract",
    "Grant",
    "GroupId",
    "InvalidContract",
    "Kind",
    "LoadedContract",
    "ObjectId",
    "Problem",
    "Reason",
    "RolecallError",
    "ServicePrincipalId",
    "Verb",
    "compile_contract",
    "compile_file",
    "load_contract",
]
# Imported when they are asked for: the command line needs few of them, and not at once.
_MODULES = {
    "Compilation": "rolecall.access",
    "CompiledContract": "rolecall.compiled",
    "Contract": "rolecall.contract",
    "Grant": "rolecall.access.grant",
    "GroupId": "rolecall.ids.ids",
    "InvalidContract": "rolecall.errors",
    "Kind": "rolecall.ids.verbs",
    "LoadedContract": "rolecall.contract",
    "ObjectId": "rolecall.ids.ids",
    "Problem": "rolecall.errors",
    "Reason": "rolecall.access.grant",
    "RolecallError": "rolecall.errors",
    "ServicePrincipalId": "rolecall.ids.ids",
    "Verb": "rolecall.ids.verbs",
    "compile_contract": "rolecall.access",
    "compile_file": "rolecall.compiled",
    "load_contract": "rolecall.contract",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
