"""Repositories of code: one name for each, however it is written."""

from __future__ import annotations


def repository_name(address: str) -> str:
    """Return a repository's address without scheme, user and ending, so that all ways to write one are equal."""
    text = address.strip().removesuffix("/").removesuffix(".git")
    text = text.partition("://")[2] or text
    text = text.rpartition("@")[2].replace(":", "/")
    return text.casefold()


def repository_of(token_subject: str) -> str | None:
    """Return the repository that a workflow's token is about.

    https://docs.github.com/en/actions/reference/security/oidc (subject claims): repo:OWNER/NAME:…
    """
    first, _, rest = token_subject.partition(":")
    owner = rest.partition(":")[0]
    return f"github.com/{owner.casefold()}" if first == "repo" and owner else None
