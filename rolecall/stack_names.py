"""Names of stacks that no environment may have."""

from __future__ import annotations

# The stack of what all environments share.
ACCOUNT_STACK = "account"
# Stacks whose names start with this word mark runs in backends that are not local files.
RUN_MARK = "rolecall-run"
