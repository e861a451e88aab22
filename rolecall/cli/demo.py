"""`rolecall demo`: the whole job on local emulators."""

from __future__ import annotations


def demo() -> None:
    """See Rolecall do its whole job on local emulators: deploy, prove parity, repair drift, block a bad change."""
    from rolecall.demo.story import tell

    tell()
