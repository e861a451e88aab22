"""Label selectors: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    """Return whether a selector fits labels; an empty one fits all."""
    wanted = selector.get("matchLabels") or {}
    fits = all(labels.get(key) == value for key, value in wanted.items())
    return fits and all(_fits(one, labels) for one in selector.get("matchExpressions") or [])


def example(selector: Mapping[str, Any]) -> dict[str, str]:
    """Return labels that a selector fits, if any do."""
    found = {str(key): str(value) for key, value in (selector.get("matchLabels") or {}).items()}
    for one in selector.get("matchExpressions") or []:
        key, values = str(one.get("key", "")), one.get("values") or []
        if one.get("operator") in ("In", "Exists") and key not in found:
            found[key] = str(values[0]) if values else "any"
    return found


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
