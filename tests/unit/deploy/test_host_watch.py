"""An engine in which nothing happens while its host is down is ended; any other is left alone (fault 36)."""

from __future__ import annotations

from rolecall.deploy.host_watch import HostWatch
from rolecall.systems.reachability import Host, Silence

DEV, PROD = Host("workspace nonprod", "http://dev"), Host("workspace prod", "http://prod")
DOWN = Silence("Connection refused", at_once=True)
BOUND = 60.0


class Scene:
    """Engines that run, hosts that are down, and a clock that the test sets."""

    def __init__(self) -> None:
        self.now = 0.0
        self.active = {"dev.churn": 0.0, "prod.churn": 0.0}
        self.down: set[Host] = set()
        self.asked: list[Host] = []
        self.ended: dict[str, str] = {}
        hosts = {"dev.churn": [DEV], "prod.churn": [PROD]}
        self.watch = HostWatch(self, hosts, BOUND, ask=self.ask, clock=lambda: self.now)

    def activity(self) -> dict[str, float]:
        return {stack: at for stack, at in self.active.items() if stack not in self.ended}

    def stop(self, stack: str, reason: str) -> None:
        self.ended[stack] = reason

    def ask(self, host: Host, seconds: float) -> Silence | None:
        assert 0 < seconds <= BOUND / 3
        self.asked.append(host)
        return DOWN if host in self.down else None

    def until(self, end: float, every: float = 5.0) -> None:
        while self.now < end:
            self.now += every
            self.watch.look()


def test_a_host_that_is_gone_ends_its_own_engines_within_the_bound() -> None:
    scene = Scene()
    scene.down = {DEV}
    scene.until(BOUND - 5)
    assert scene.ended == {}
    scene.until(BOUND)
    assert list(scene.ended) == ["dev.churn"]
    assert "workspace nonprod (http://dev) does not answer" in scene.ended["dev.churn"]


def test_an_engine_that_waits_long_for_a_host_that_answers_goes_on() -> None:
    """A workspace takes ten minutes to be made, and nothing happens meanwhile."""
    scene = Scene()
    scene.until(20 * BOUND)
    assert scene.ended == {}


def test_an_engine_in_which_something_happens_is_left_alone() -> None:
    scene = Scene()
    scene.down = {DEV}
    for _ in range(100):
        scene.active = dict.fromkeys(scene.active, scene.now)
        scene.until(scene.now + 15)
    assert scene.ended == {}
    assert scene.asked == [], "nobody is asked who is heard of"


def test_a_short_outage_ends_nothing() -> None:
    scene = Scene()
    scene.until(2 * BOUND)
    scene.down = {DEV}
    scene.until(scene.now + BOUND / 2 - 5)
    scene.down = set()
    scene.until(scene.now + 10)
    scene.down = {DEV}
    scene.until(scene.now + BOUND / 2 - 5)
    assert scene.ended == {}
    scene.until(scene.now + 10)
    assert list(scene.ended) == ["dev.churn"]
