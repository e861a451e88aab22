"""`rolecall demo`: the whole job on local emulators."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class ChosenIdentityProvider(StrEnum):
    """Where the people of the demo live."""

    OKTA = "okta"
    ENTRA = "entra"


def demo(
    identity_provider: Annotated[
        ChosenIdentityProvider, typer.Option(envvar="IDP", help="Where the people and groups live.")
    ] = ChosenIdentityProvider.OKTA,
) -> None:
    """See Rolecall do its whole job on local emulators: deploy, prove parity, repair, block a bad change."""
    from rolecall.demo.story import tell

    tell(identity_provider.value)
