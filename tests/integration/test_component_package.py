"""The component package under the real engine: the program of the how-to, its schema, and a refusal."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support.emulator import ServedEmulator, served
from tests.support.pages import write_examples
from tests.support.project import VIRTUAL_ENVIRONMENT, Project, program

pytestmark = pytest.mark.engine
PAGE = "how-to/component-package.md"
YAML_HOST = "pulumi-language-yaml"
KEY = "weekly"
# Declares the resources of a YAML program by the protocol, as the YAML language host does.
PROGRAM = """\
import json, pathlib, pulumi, yaml
made = {}
def placed(value):
    if isinstance(value, str) and value.startswith("${"):
        name, attribute = value[2:-1].split(".")
        return made[name].id if attribute == "id" else pulumi.get(made[name], attribute)
    if isinstance(value, dict):
        return {key: placed(one) for key, one in value.items()}
    return [placed(one) for one in value] if isinstance(value, list) else value
class Remote(pulumi.ComponentResource):
    def __init__(self, kind, name, properties):
        super().__init__(kind, name, {**properties, "identity": None, "object": properties.get("object")}, None, True)
for name, one in yaml.safe_load(pathlib.Path("program.yaml").read_text())["resources"].items():
    properties, options = placed(one["properties"]), pulumi.ResourceOptions(**one.get("options", {}))
    if one["type"].startswith("rolecall-components:"):
        made[name] = Remote(one["type"], name, properties)
    else:
        made[name] = pulumi.CustomResource(one["type"], name, properties, options)
if "warehouse" in made:
    pulumi.export("warehouse", pulumi.get(made["warehouse"], "identity"))
"""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, ServedEmulator]]:
    """The how-to's files, in a project with the test's own Python."""
    folder = tmp_path_factory.mktemp("package")
    write_examples(PAGE, folder)
    with served(small_pages=False) as emulator:
        for group in ("analysts", "engineers"):
            emulator.assign(group)
        variables = {**emulator.variables(), "DATABRICKS_HOST": emulator.host("nonprod")}
        variables.pop("DATABRICKS_ACCOUNT_ID")
        project = program(folder / "reports", PROGRAM.replace("program.yaml", str(folder / "program.yaml")), variables)
        plugin = folder / "reports" / "components" / "PulumiPlugin.yaml"
        plugin.write_text(plugin.read_text().replace("../../.venv", str(VIRTUAL_ENVIRONMENT)))
        yield project, emulator


@pytest.fixture(scope="module")
def page(world: tuple[Project, ServedEmulator], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("page")
    write_examples(PAGE, folder)
    found: dict[str, Any] = yaml.safe_load((folder / "reports" / "Pulumi.yaml").read_text())
    project, _ = world
    described = yaml.safe_load((project.folder / "Pulumi.yaml").read_text())
    project.write("Pulumi.yaml", yaml.safe_dump({**described, "plugins": found["plugins"]}))
    return found


def write(project: Project, resources: dict[str, Any]) -> None:
    (project.folder.parent / "program.yaml").write_text(yaml.safe_dump({"resources": resources}, sort_keys=False))


def levels(emulator: ServedEmulator, warehouse: str) -> dict[str, str]:
    found = emulator.workspace().warehouses.get_permissions(warehouse).access_control_list or []
    return {
        str(one.group_name): str(held.permission_level)
        for one in found
        for held in one.all_permissions or []
        if one.group_name and not held.inherited
    }


def test_the_program_of_the_how_to(world: tuple[Project, ServedEmulator], page: dict[str, Any]) -> None:
    project, emulator = world
    write(project, page["resources"])
    done = project.pulumi("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout + done.stderr
    check(project, emulator)
    again = project.pulumi("preview", "--expect-no-changes")
    assert again.returncode == 0, again.stdout


def check(project: Project, emulator: ServedEmulator, key: str = "daily") -> None:
    warehouse = json.loads(project.pulumi("stack", "output", "--json").stdout)["warehouse"]
    found = emulator.workspace().warehouses.get(warehouse)
    assert (found.name, found.cluster_size, found.auto_stop_mins) == (f"[prod] reports-{key}", "Small", 10)
    held = levels(emulator, warehouse)
    assert {name: held[name].rpartition(".")[2] for name in ("analysts", "engineers")} == {
        "analysts": "CAN_USE",
        "engineers": "CAN_MANAGE",
    }


def test_a_refusal_names_the_input(world: tuple[Project, ServedEmulator], page: dict[str, Any]) -> None:
    project, emulator = world
    right = page["resources"]["warehouse"]
    write(project, {"warehouse": {**right, "properties": {**right["properties"], "kind": "wharehouse"}}})
    emulator.clear_statistics()
    done = project.pulumi("preview")
    assert done.returncode != 0
    assert "`kind` is 'wharehouse'. Allowed: " in done.stdout + done.stderr
    assert emulator.statistics()["writes"] == 0


def test_the_engine_reads_its_schema(world: tuple[Project, ServedEmulator]) -> None:
    project, _ = world
    answer = project.pulumi("package", "get-schema", str(project.folder / "components"))
    assert answer.returncode == 0, answer.stderr
    schema = json.loads(answer.stdout)
    assert {*schema["resources"]} == {"rolecall-components:index:AccessList", "rolecall-components:index:Object"}
    described = schema["resources"]["rolecall-components:index:Object"]["inputProperties"]
    assert all(one["description"] for one in described.values())


@pytest.mark.skipif(shutil.which(YAML_HOST) is None, reason=f"{YAML_HOST} is not on PATH")
def test_the_program_of_the_how_to_in_yaml(world: tuple[Project, ServedEmulator], tmp_path: Path) -> None:
    project, emulator = world
    write_examples(PAGE, tmp_path)
    plugin = tmp_path / "reports" / "components" / "PulumiPlugin.yaml"
    plugin.write_text(plugin.read_text().replace("../../.venv", str(VIRTUAL_ENVIRONMENT)))
    text = (tmp_path / "reports" / "Pulumi.yaml").read_text()
    # Beside the other test's objects.
    (tmp_path / "reports" / "Pulumi.yaml").write_text(
        text.replace("daily", KEY).replace("/Shared/reports", "/Shared/y")
    )
    own = Project(tmp_path / "reports", {**project.variables, "PULUMI_BACKEND_URL": f"file://{tmp_path}"})
    own.variables["PATH"] = f"{own.variables['PATH']}{os.pathsep}{Path(str(shutil.which(YAML_HOST))).parent}"
    own.pulumi("stack", "init", "test", check=True)
    done = own.pulumi("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout + done.stderr
    check(own, emulator, KEY)
