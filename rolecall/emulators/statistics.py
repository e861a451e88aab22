"""How often each route was called."""

from __future__ import annotations

from collections import Counter

WRITES = ("POST", "PUT", "PATCH", "DELETE")


class Statistics:
    """Counts of requests by method and route, and of answers by status.

    Args:
        reading: ends of routes that are asked with POST and change nothing; tokens are such, too.
    """

    def __init__(self, reading: tuple[str, ...] = ()) -> None:
        self._reading = ("/token", *reading)
        self.calls: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()

    def count(self, method: str, route: str, status: int) -> None:
        """Count a request."""
        self.calls[f"{method} {route}"] += 1
        self.statuses[status] += 1

    def describe(self) -> dict[str, object]:
        """Return the counts; `writes` leaves out what only reads."""
        writes = sum(
            count
            for call, count in self.calls.items()
            if call.split(" ")[0] in WRITES and not call.rstrip("/").endswith(self._reading)
        )
        return {
            "calls": dict(sorted(self.calls.items())),
            "statuses": {str(status): count for status, count in sorted(self.statuses.items())},
            "total": sum(self.calls.values()),
            "writes": writes,
        }

    def clear(self) -> None:
        """Reset."""
        self.calls.clear()
        self.statuses.clear()
