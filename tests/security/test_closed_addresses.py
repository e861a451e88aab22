"""Lists of addresses are switched on or narrowed with a word, and never over the machine that does it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from databricks.sdk.service import settings

from rolecall.compiled import compile_file
from rolecall.deploy import closed_addresses as closed_addresses_module
from rolecall.deploy.closed_addresses import Closed, closed_addresses, own_address
from rolecall.engine.stack_state import Resource, StackState
from tests.support.contracts import TODAY
from tests.support.hand_world import CONTRACT, HandWorld, hand_world

INSIDE, OUTSIDE = "198.51.100.7", "203.0.113.9"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HandWorld]:
    with hand_world(tmp_path, monkeypatch) as made:
        yield made


def closed(
    world: HandWorld,
    folder: Path,
    ip_access: str,
    own: str | None = None,
    *resources: Resource,
    refreshes: bool = False,
) -> list[Closed]:
    path = folder / "narrower.yaml"
    path.write_text(CONTRACT.replace("max_days: 30}", f"max_days: 30}}, ip_access: {ip_access}"))
    contract = compile_file(path, TODAY, judged=False).contract
    host = world.emulator.host("nonprod")
    state = StackState("x", 0, resources, ())
    return [*closed_addresses(contract, state, lambda _: host, lambda _: own, refreshes=refreshes)]


def test_who_cannot_come_in_once_lists_are_on_is_named(world: HandWorld, tmp_path: Path) -> None:
    (one,) = closed(world, tmp_path, "{allow: [198.51.100.0/24]}")
    assert "workspace nonprod: every address cannot come in any more, except 198.51.100.0/24" in one.message
    assert not one.locks_out, "where this machine comes from is not known"
    (one,) = closed(world, tmp_path, "{block: [203.0.113.0/24]}", INSIDE)
    assert "203.0.113.0/24 is blocked" in one.message
    assert not one.locks_out


@pytest.mark.parametrize("ip_access", ["{allow: [198.51.100.0/24]}", "{block: [203.0.113.0/24]}"])
def test_no_run_locks_its_own_machine_out(world: HandWorld, tmp_path: Path, ip_access: str) -> None:
    (one,) = closed(world, tmp_path, ip_access, OUTSIDE)
    assert one.locks_out
    assert f"this machine, {OUTSIDE}, is one of them" in one.message
    (one,) = closed(world, tmp_path, ip_access, INSIDE)
    assert not one.locks_out


def test_lists_of_others_come_into_force_with_the_switch(world: HandWorld, tmp_path: Path) -> None:
    world.workspace.ip_access_lists.create("bad", settings.ListType.BLOCK, ip_addresses=[f"{INSIDE}/32"])
    (one,) = closed(world, tmp_path, "{allow: [198.51.100.0/24]}", INSIDE)
    assert "other owners' lists take effect: 'bad'" in one.message
    assert one.locks_out


def test_a_list_that_closes_nothing_is_no_news(world: HandWorld, tmp_path: Path) -> None:
    world.workspace.ip_access_lists.create("office", settings.ListType.ALLOW, ip_addresses=["198.51.100.0/24"])
    world.workspace.workspace_conf.set_status({"enableIpAccessLists": "true"})
    assert closed(world, tmp_path, "{allow: [203.0.113.0/24]}", OUTSIDE) == [], "both may come in then"
    (one,) = closed(world, tmp_path, "{block: [198.51.100.0/25]}", INSIDE)
    assert one.locks_out


def test_what_a_state_has_is_not_read_again(world: HandWorld, tmp_path: Path) -> None:
    lists, conf = "databricks:index/ipAccessList:IpAccessList", "databricks:index/workspaceConf:WorkspaceConf"
    listed = {"ipAddresses": ["198.51.100.0/24"]}
    held = (
        Resource(f"urn:s::p::{lists}::nonprod-allow", lists, "x", listed, {}, "nonprod", custom=True),
        Resource(
            f"urn:s::p::{conf}::nonprod",
            conf,
            "x",
            {"customConfig": {"enableIpAccessLists": "true"}},
            {},
            "nonprod",
            custom=True,
        ),
    )
    assert closed(world, tmp_path, "{allow: [198.51.100.0/24]}", OUTSIDE, *held) == []
    (one,) = closed(world, tmp_path, "{allow: [198.51.100.0/25]}", OUTSIDE, *held)
    assert one.locks_out
    # Lists that were switched off by hand come into force again.
    (one,) = closed(world, tmp_path, "{allow: [198.51.100.0/24]}", OUTSIDE, *held, refreshes=True)
    assert one.locks_out


def test_lists_that_cannot_be_read_stop_the_stack(world: HandWorld, tmp_path: Path) -> None:
    """The write may succeed a moment after the read has failed."""
    refused = {"kind": "status", "status": 403, "path": "/api/2.0/ip-access-lists"}
    world.emulator.fault(world.emulator.host("nonprod"), refused)
    (one,) = closed(world, tmp_path, "{allow: [198.51.100.0/24]}", OUTSIDE)
    assert one.is_unread
    assert "its lists of addresses cannot be read" in one.message


def test_an_address_that_a_gateway_replaces_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    assert own_address("http://127.0.0.1:1") is None, "no public address"
    assert own_address("https://host.invalid") is None
    monkeypatch.setattr(closed_addresses_module, "ip_address", lambda _: SimpleNamespace(is_global=True))
    assert own_address("https://127.0.0.1") == "127.0.0.1"
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:2")
    assert own_address("https://127.0.0.1") is None
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert own_address("https://127.0.0.1") == "127.0.0.1"
