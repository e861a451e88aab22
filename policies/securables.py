"""Shared by rules on objects of Unity Catalog: types with an owner, and the longest token of a recipient."""

from __future__ import annotations

from rolecall.kinds.registry import KINDS, TOKENS
from rolecall.policies.types import (
    AI_MCP_SERVICE,
    AI_MODEL_SERVICE,
    AI_PROVIDER_SERVICE,
    METASTORE,
    METASTORE_DATA_ACCESS,
    RECIPIENT,
    SECRET_UC,
    SHARE,
    SQL_TABLE,
    TABLE,
)

# Types with an `owner` property: kinds, and types that no contract declares.
OWNED = (
    *(TOKENS[kind.name] for kind in KINDS if kind.name in TOKENS and kind.owner and kind.owner.by == "field"),
    SHARE,
    RECIPIENT,
    METASTORE,
    METASTORE_DATA_ACCESS,
    TABLE,
    SQL_TABLE,
    SECRET_UC,
    AI_PROVIDER_SERVICE,
    AI_MODEL_SERVICE,
    AI_MCP_SERVICE,
)
# Longest lifetime of a data recipient's token, in seconds: 90 days.
LONGEST_TOKEN = 90 * 24 * 60 * 60
