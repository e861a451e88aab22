"""Groups that hold everybody, as Databricks resolves their names: without regard to case."""

from __future__ import annotations

import unicodedata

from rolecall.contract.naming import ALL_USERS


def is_everybody(name: object) -> bool:
    """Return whether a principal's name is that of a group of all users, however it is written."""
    if name is None:
        return False
    letters = unicodedata.normalize("NFKC", str(name))
    visible = "".join(one for one in letters if unicodedata.category(one) not in ("Cf", "Cc"))
    return " ".join(visible.strip("`'\" ").casefold().split()) in ALL_USERS
