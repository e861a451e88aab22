"""One comment on each pull request, written in place, and never that of another author."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from rolecall.errors import SystemRefused, UsageError
from rolecall.pull_requests.comment import mark_of
from rolecall.pull_requests.platforms import platform_of
from tests.support.forge import ACTIONS, Forge, forge

MARK, OTHER = mark_of("contract.yaml"), mark_of("other.yaml")


def github(served: Forge, folder: Path) -> dict[str, str]:
    event = folder / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_API_URL": served.address,
        "GITHUB_REPOSITORY": "acme/access",
        "GITHUB_EVENT_PATH": str(event),
        "GITHUB_TOKEN": "token",
    }


def gitlab(served: Forge, folder: Path) -> dict[str, str]:
    del folder
    return {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": f"{served.address}/api/v4",
        "CI_PROJECT_ID": "7777",
        "CI_MERGE_REQUEST_PROJECT_ID": "42",
        "CI_MERGE_REQUEST_IID": "7",
        "GITLAB_TOKEN": "token",
    }


@pytest.mark.parametrize(("environment", "caller"), [(github, ""), (github, "ci"), (gitlab, "ci")])
def test_the_comment_is_written_once_and_then_in_place(
    environment: Callable[[Forge, Path], dict[str, str]], caller: str, tmp_path: Path
) -> None:
    with forge(caller=caller) as served:
        for number in range(150):
            served.add("ada", f"comment {number}")
        served.add("ada", f"{MARK}\nnot ours")
        served.add(caller or ACTIONS, f"{OTHER}\nof another contract")
        for text in ("first", "second", "second"):
            platform_of(environment(served, tmp_path)).put(f"{MARK}\n{text}")
        bodies = [one["body"] for one in served.comments]
    assert bodies[150:] == [f"{MARK}\nnot ours", f"{OTHER}\nof another contract", f"{MARK}\nsecond"]
    assert sum(not one.startswith("GET") for one in served.requests) == 2, "what is the same is not written again"
    assert served.comments[-1]["user"]["login"] == (caller or ACTIONS)


def test_a_token_that_may_not_write_is_a_message(tmp_path: Path) -> None:
    with forge(may_write=False) as served, pytest.raises(SystemRefused) as caught:
        platform_of(github(served, tmp_path)).put(f"{MARK}\ntext")
    assert "pull-requests: write" in caught.value.how_to_go_on


def test_a_platform_that_rejects_the_comment_is_no_review_that_found_something(tmp_path: Path) -> None:
    with forge(rejects=True) as served, pytest.raises(SystemRefused) as caught:
        platform_of(github(served, tmp_path)).put(f"{MARK}\ntext")
    assert caught.value.exit_code == 3
    assert "too long" in caught.value.what


@pytest.mark.parametrize(
    ("missing", "what"),
    [
        ("GITHUB_TOKEN", "GITHUB_TOKEN is not set"),
        ("GITHUB_EVENT_PATH", "no pull request"),
        ("GITHUB_ACTIONS", "--post"),
    ],
)
def test_what_is_missing_is_named(missing: str, what: str, tmp_path: Path) -> None:
    environment = github(Forge(address="http://127.0.0.1:1"), tmp_path)
    del environment[missing]
    with pytest.raises(UsageError) as caught:
        platform_of(environment)
    assert what in caught.value.what


def test_a_job_for_no_merge_request_is_a_message(tmp_path: Path) -> None:
    environment = gitlab(Forge(address="http://127.0.0.1:1"), tmp_path)
    del environment["CI_MERGE_REQUEST_IID"]
    with pytest.raises(UsageError, match="no merge request"):
        platform_of(environment)
