"""`rolecall demo`: the whole job on local emulators."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Optional

import typer


class ChosenIdentityProvider(StrEnum):
    """Where the people of the demo live."""

    OKTA = "okta"
    ENTRA = "entra"


class Chapter(StrEnum):
    """A chapter that is only part of the demo where it is named."""

    KUBERNETES = "kubernetes"


def demo(
    identity_provider: Annotated[
        ChosenIdentityProvider, typer.Option(envvar="IDP", help="Where the people and groups live.")
    ] = ChosenIdentityProvider.OKTA,
    chapters: Annotated[
        Optional[list[Chapter]], typer.Option("--with", help="Also kubernetes: services on a real API server.")
    ] = None,
) -> None:
    """See Rolecall do its whole job on local emulators: deploy, prove parity, repair, block a bad change."""
    from rolecall.demo.story import tell

    tell(identity_provider.value, kubernetes=Chapter.KUBERNETES in (chapters or []))
