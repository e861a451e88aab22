"""What of a state is sent to the provider: nothing secret, and nothing that names what is left out."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.engine.provider_reads import RAW_STATE, SIGNATURE, plain_outputs

SECRET = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:…"}


def outputs(**properties: Any) -> dict[str, Any]:
    written = {"obj": {"ps": {"options": {"map": {}}, "tags": {"map": {}}}, "renamed": {"tags": "tag"}}}
    return {RAW_STATE: written, "name": "catalogs", "tags": {"a": "b"}, **properties}


@pytest.mark.parametrize("options", [SECRET, {"password": SECRET}, [SECRET]])
def test_a_secret_is_left_out_together_with_how_it_is_written(options: Any) -> None:
    plain = plain_outputs(outputs(options=options))
    assert "options" not in plain
    assert plain[RAW_STATE] == {"obj": {"ps": {"tags": {"map": {}}}, "renamed": {"tags": "tag"}}}
    assert plain["tags"] == {"a": "b"}


def test_outputs_without_a_secret_stay_as_they_are() -> None:
    assert plain_outputs(outputs(options={"host": "x"})) == outputs(options={"host": "x"})
    assert plain_outputs({"name": "x", "token": SECRET}) == {"name": "x"}
