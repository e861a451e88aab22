"""Access as values: grants, the role compiler, effective access and differences. Pure functions, no I/O."""

from rolecall.access.compiler import Compilation, compile_contract
from rolecall.access.grant import Grant, Reason

__all__ = ["Compilation", "Grant", "Reason", "compile_contract"]
