"""`rolecall schema`: the contract's form for editors."""

from __future__ import annotations


def schema() -> None:
    """Write the JSON Schema of a contract, for editors and other tools.

    For VS Code's YAML extension: rolecall schema > .rolecall/schema.json, then in the contract's first line
    `# yaml-language-server: $schema=…`.
    """
    from rolecall.console.output import print_json
    from rolecall.contract import json_schema

    print_json(json_schema())
