"""Hosts that refuse, do not resolve, never answer or are unavailable for good are found within the bound (fault 36)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rolecall import settings
from rolecall.errors import SystemUnreachable, UsageError
from rolecall.systems.databricks.sign_in import ClientCredentials
from rolecall.systems.host_timeout import host_timeout
from rolecall.systems.reachability import Host, Silence, databricks_hosts, probe, unreachable
from rolecall.systems.requests import NotSent
from tests.support.emulator import ServedEmulator
from tests.support.gate import BROKEN, Gate, broken, unavailable

HOST = Host("workspace nonprod", "http://127.0.0.1:1")


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.HOST_TIMEOUT.name, "1")
    monkeypatch.setenv("ROLECALL_ALLOWED_HOSTS", "nobody.invalid")


@pytest.fixture(params=[*BROKEN, "500"])
def dead(request: pytest.FixtureRequest) -> Iterator[str]:
    """An address at which something is wrong."""
    with broken(request.param) as address:
        yield address


def test_a_host_that_does_not_answer_is_named(
    dead: str, emulator: ServedEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    hosts = list(databricks_hosts(emulator.account_host, {"nonprod": dead, "prod": emulator.host("prod")}))
    # Only what is dead has to be given up soon; what answers may take its time on a busy machine.
    broken_ones = [one for one in hosts if one.address == dead]
    ((host, error),) = unreachable(broken_ones).items()
    monkeypatch.setenv(settings.HOST_TIMEOUT.name, "60")
    assert unreachable([one for one in hosts if one not in broken_ones]) == {}
    assert (host.name, error.exit_code) == ("workspace nonprod", 3)
    assert f"workspace nonprod ({dead})" in error.what
    assert settings.HOST_TIMEOUT.name in error.how_to_go_on


def test_a_token_that_nobody_gives_is_not_waited_for_without_end(dead: str) -> None:
    ask = ClientCredentials("workspace nonprod", dead, None, "id", "secret")
    with pytest.raises(NotSent):
        ask()


@pytest.mark.parametrize("status", [401, 403, 404, 429])
def test_a_refusal_is_an_answer(status: int) -> None:
    with unavailable(status) as address:
        assert unreachable([Host("okta", address)]) == {}


def test_a_host_that_is_there_after_a_moment_is_there() -> None:
    answers = iter([Silence("it answers 503"), Silence("refused", at_once=True), None])
    assert unreachable([HOST], ask=lambda _host, _seconds: next(answers), clock=lambda: 0.0, pause=lambda _: None) == {}


def test_a_host_is_tried_for_the_whole_bound_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(settings.HOST_TIMEOUT.name, "60")
    passed = [0.0]
    tries: list[float] = []

    def ask(_host: Host, seconds: float) -> Silence:
        tries.append(seconds)
        passed[0] += seconds
        return Silence("no answer came in time")

    def pause(seconds: float) -> None:
        passed[0] += seconds

    assert list(unreachable([HOST], ask=ask, clock=lambda: passed[0], pause=pause)) == [HOST]
    assert 50 <= passed[0] <= 60
    assert all(0 < one <= 10 for one in tries)
    tries.clear()
    passed[0] = 0

    def refuse(_host: Host, _seconds: float) -> Silence:
        tries.append(0)
        return Silence("Connection refused", at_once=True)

    assert list(unreachable([HOST], ask=refuse, clock=lambda: passed[0], pause=pause)) == [HOST]
    assert passed[0] <= 5, "waiting longer seldom helps there"


def test_a_try_that_never_ends_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own resolver may hang, and no time-out of ours reaches it."""
    import threading

    from rolecall.systems import reachability

    monkeypatch.setattr(reachability, "ONE_TRY", 0.2)
    for_ever = threading.Event()

    def ask(host: Host, _seconds: float) -> Silence | None:
        if host == HOST:
            for_ever.wait()
        return None

    found = unreachable([HOST, Host("workspace prod", "http://127.0.0.1:2")], ask=ask)
    for_ever.set()
    assert list(found) == [HOST]


def test_neither_a_password_nor_a_path_of_an_address_is_shown() -> None:
    assert str(Host("okta", "https://ada:secret@acme.okta.com:8443/path?key=1")) == "okta (https://acme.okta.com:8443)"


@pytest.mark.parametrize("text", ["no", "0", "-1", "nan", "inf"])
def test_the_setting_is_a_number_of_seconds(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(settings.HOST_TIMEOUT.name, text)
    with pytest.raises(UsageError, match=settings.HOST_TIMEOUT.name):
        host_timeout()
    monkeypatch.delenv(settings.HOST_TIMEOUT.name)
    assert host_timeout() == 60


def test_a_gate_is_cut_and_mended(emulator: ServedEmulator) -> None:
    gate = Gate(emulator.host("nonprod"))
    host = Host("workspace nonprod", gate.address)
    assert probe(host, 5) is None
    gate.cut()
    assert probe(host, 5) is not None
    gate.mend()
    assert probe(host, 5) is None
    gate.cut()


def test_many_requests_to_a_dead_host_wait_once_together(dead: str) -> None:
    from rolecall.systems.databricks.client import workspace_reader

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABRICKS_CLIENT_ID", "id")
        patch.setenv("DATABRICKS_CLIENT_SECRET", "secret")
        reader = workspace_reader("nonprod", dead)
        with pytest.raises(SystemUnreachable, match="workspace nonprod"):
            reader.get("/api/2.2/jobs/list")
        waited = reader.calls
        for _ in range(50):
            with pytest.raises(SystemUnreachable, match="workspace nonprod"):
                reader.get("/api/2.2/jobs/list")
        assert reader.calls - waited <= 50, "those that follow are tried once, or refused at once"


def test_a_system_that_is_back_is_asked_again(monkeypatch: pytest.MonkeyPatch, emulator: ServedEmulator) -> None:
    from rolecall.systems.databricks.client import workspace_reader

    for name, value in emulator.variables().items():
        monkeypatch.setenv(name, value)
    reader = workspace_reader("nonprod", emulator.host("nonprod"))
    emulator.fault(emulator.host("nonprod"), {"kind": "status", "status": 503, "path": "/api/*", "times": -1})
    with pytest.raises(SystemUnreachable):
        reader.get("/api/2.2/jobs/list")
    emulator.fault(emulator.host("nonprod"))
    assert reader.get("/api/2.2/jobs/list") is not None
