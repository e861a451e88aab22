"""`rolecall schema`: the JSON Schemas of the contract and of commands' JSON documents."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

# Not the document of a command: what the local emulators start with.
EMULATORS = "emulators"


def schema(
    command: Annotated[
        Optional[str],
        typer.Argument(help="A command, such as 'parity', or `emulators`; without it, the contract's schema."),
    ] = None,
) -> None:
    """Write the JSON Schema of a contract, of emulators.yaml, or of the JSON document that a command writes.

    For VS Code's YAML extension: rolecall schema > .rolecall/schema.json, then in the first line of each file of the
    contract `# yaml-language-server: $schema=…`. It fits the main file and every file that it includes.
    """
    from rolecall.console.output import print_json

    if command is not None:
        from rolecall.documents.registry import schema_of
        from rolecall.local.description import description_schema

        if command == EMULATORS:
            print_json(description_schema())
            return
        print_json(schema_of(command))
        return
    from rolecall.contract import json_schema

    print_json(json_schema())
