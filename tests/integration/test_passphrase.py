"""The engine derives the key of a verified passphrase when it is needed, and checks it then as ever."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from rolecall import settings
from rolecall.engine.passphrase import new_salt, verified
from rolecall.engine.state import States
from rolecall.toolchain.install import Toolchain, ensure
from rolecall.toolchain.progress import Progress

pytestmark = pytest.mark.engine

STACK, SECRET = "dev.churn", "moonlight"


@pytest.fixture(scope="module")
def toolchain() -> Toolchain:
    """The engine that Rolecall builds, or has a wheel of."""
    found = ensure(Progress())
    if found.way not in ("build", "wheel"):
        pytest.skip("only an engine that Rolecall builds derives keys on demand")
    return found


class Project:
    """A Pulumi project with one stack that has nothing in it."""

    def __init__(self, folder: Path, toolchain: Toolchain, phrase: str) -> None:
        (folder / "Pulumi.yaml").write_text("name: rolecall\nruntime: python\n")
        self._folder, self._toolchain = folder, toolchain
        backend = f"file://{folder}"
        self.variables = {**toolchain.environment(), "PULUMI_BACKEND_URL": backend, "PULUMI_CONFIG_PASSPHRASE": phrase}
        self.variables["PULUMI_FALLBACK_TO_STATE_SECRETS_MANAGER"] = "true"
        self.states = States(backend, "rolecall", Path(toolchain.pulumi), folder, self.variables)
        assert self.states.create(STACK)

    def pulumi(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run the engine's command on the stack."""
        command = [str(self._toolchain.pulumi), *arguments, "--stack", STACK, "--non-interactive"]
        environment: Mapping[str, str] = {**self.variables, **variables}
        return subprocess.run(
            command, cwd=self._folder, env=environment, capture_output=True, text=True, check=False, timeout=120
        )


def test_a_secret_is_encrypted_with_the_key_of_the_passphrase(tmp_path: Path, toolchain: Toolchain) -> None:
    project = Project(tmp_path, toolchain, "test")
    told = project.states.verified(None)
    assert told
    assert project.pulumi("config", "set", "--secret", "word", SECRET, **told).returncode == 0
    written = (tmp_path / f"Pulumi.{STACK}.yaml").read_text()
    assert SECRET not in written
    state = project.states.read(STACK)
    assert state is not None
    assert state.salt in written, "the engine goes on with the salt of the state"
    assert project.pulumi("config", "get", "word", **told).stdout.strip() == SECRET
    assert project.pulumi("config", "get", "word").stdout.strip() == SECRET, (
        "an engine that is told nothing reads it too"
    )
    exported = project.pulumi("stack", "export")
    assert json.loads(exported.stdout)["deployment"]["secrets_providers"]["type"] == "passphrase"


def test_a_wrong_passphrase_encrypts_nothing_whatever_the_engine_is_told(tmp_path: Path, toolchain: Toolchain) -> None:
    project = Project(tmp_path, toolchain, "test")
    told = project.states.verified(None)
    project.variables["PULUMI_CONFIG_PASSPHRASE"] = "another"
    refused = project.pulumi("config", "set", "--secret", "word", SECRET, **told)
    assert refused.returncode != 0
    assert "incorrect passphrase" in refused.stderr
    file = tmp_path / f"Pulumi.{STACK}.yaml"
    assert not file.exists() or "secure" not in file.read_text()


def test_rolecall_names_no_salt_of_another_passphrase() -> None:
    assert settings.VERIFIED_SALTS.name not in verified("another", new_salt("test"))


def test_the_engine_still_tells_what_looks_like_a_secret(tmp_path: Path, toolchain: Toolchain) -> None:
    """By the word lists, which it reads at the first question: an English word is none, and random letters are."""
    project = Project(tmp_path, toolchain, "test")
    assert project.pulumi("config", "set", "token", "correct").returncode == 0
    refused = project.pulumi("config", "set", "token", "kX9qL2vRw7TzB4mYp1sJ")
    assert refused.returncode != 0
    assert "looks like a secret" in refused.stderr
