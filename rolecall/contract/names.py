"""Names that a contract may not use."""

from rolecall.ids.name_types import RESERVED

__all__ = ["RESERVED"]
