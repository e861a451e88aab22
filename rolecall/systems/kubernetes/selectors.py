"""Label selectors: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Return whether a selector fits labels; an empty one fits all."""
    wanted = selector.get("matchLabels") or {}
    fits = all(labels.get(key) == value for key, value in wanted.items())
    return fits and all(_fits(one, labels) for one in selector.get("matchExpressions") or [])


def _fits(expression: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Return whether an expression fits; one with values too many or too few fits nothing."""
    key, values = expression.get("key", ""), expression.get("values")
    match expression.get("operator"):
        case "In" if values is not None:
            return labels.get(key) in values
        case "NotIn" if values is not None:
            return labels.get(key) not in values
        case "Exists" if values is None:
            return key in labels
        case "DoesNotExist" if values is None:
            return key not in labels
    return False
