"""The rules, one a file: `RULE` with its controls and its example."""
