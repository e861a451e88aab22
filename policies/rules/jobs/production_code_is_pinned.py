from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import JOB, REPO

# Tags that say which of the versions is meant now; a version's own tag stays where it is.
MOVING_TAGS = frozenset(
    {
        *("current", "dev", "edge", "head", "latest", "live", "main", "master", "nightly", "next", "prod"),
        *("production", "release", "stable", "staging", "test"),
    }
)


def _moves(tag: str) -> bool:
    """Return whether a tag is named after what it points to now, and after no version or date."""
    last = tag.rpartition("/")[2].casefold()
    words = re.split(r"[^a-z]+", last)
    return not MOVING_TAGS.isdisjoint(words) and not any(letter.isdigit() for letter in last)


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if not context.production_of(resource):
        return
    how = "Write git_tag or git_commit, so that what runs is what was reviewed."
    source = resource.properties if resource.type == REPO else resource.properties.within("gitSource")
    if source is None:
        return
    commit = "commitHash" if resource.type == REPO else "commit"
    tag = str(source.read("tag") or "")
    if source.is_set("branch") or not (tag or source.is_set(commit)):
        yield Finding("it runs the current head of a Git branch, in production", how)
    elif _moves(tag):
        yield Finding(f"the tag {tag!r} moves with each release, so the code that runs is unknown", how)


RULE = Rule(
    "production-code-is-pinned",
    "In production a job's code comes from a Git commit, or from a tag that stays where it is.",
    Severity.HIGH,
    "https://docs.databricks.com/en/jobs/configure-job.html#use-git-with-jobs",
    (Theme.CHANGE, Theme.SUPPLY_CHAIN),
    (JOB, REPO),
    _check,
    Example(
        JOB,
        compliant.JOB,
        (put("gitSource", {"url": "https://example.com", "branch": "main"}),),
        ("gitSource",),
    ),
    needs_contract=True,
    needs=("production",),
)
