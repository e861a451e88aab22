"""The real Prefect server's process: started again where it ends before it answers."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from rolecall.emulators.application import Refused
from rolecall.emulators.prefect import real_server

ANSWERS = """\
import http.server, sys
class Fine(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Fine).serve_forever()
"""


@pytest.mark.parametrize("failures", [0, real_server.TRIES - 1, real_server.TRIES])
def test_a_server_that_ends_at_once_is_started_again_a_few_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failures: int
) -> None:
    started: list[int] = []

    def command(port: int) -> list[str]:
        started.append(port)
        code = "raise SystemExit(1)" if len(started) <= failures else ANSWERS
        return [sys.executable, "-c", code, str(port)]

    monkeypatch.setattr(real_server, "command", command)
    monkeypatch.setattr(real_server, "STARTS_WITHIN", 2.0 if failures == real_server.TRIES else 60.0)

    async def ask() -> str:
        server = real_server.RealServer(tmp_path)
        working = asyncio.create_task(server.work())
        try:
            return await server.wait()
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await server.client.aclose()

    if failures == real_server.TRIES:
        with pytest.raises(Refused, match="does not start"):
            asyncio.run(ask())
    else:
        assert asyncio.run(ask()) == f"http://127.0.0.1:{started[-1]}"
    assert len(started) == min(failures + 1, real_server.TRIES)
