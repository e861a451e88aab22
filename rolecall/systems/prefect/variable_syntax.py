"""What Prefect accepts as the name of a variable."""

from __future__ import annotations

from rolecall.ids.names import NameSyntax

VARIABLE = NameSyntax(
    "https://docs.prefect.io/v3/concepts/variables", "a-z0-9_", "small letters, digits and '_'", 255, folds_case=False
)
