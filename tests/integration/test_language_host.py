"""Our Python language host against the real engine: programs, policy packs and providers, good ones and broken ones."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import psutil
import pytest

from tests.support.project import VIRTUAL_ENVIRONMENT, Project, program
from tests.support.waiting import PATIENCE, becomes, until

pytestmark = pytest.mark.engine

PACK = """\
from pulumi_policy import EnforcementLevel, PolicyPack, ResourceValidationPolicy

def validate(args, report):
    if args.props.get("colour") == "red":
        report("red is not allowed")

PolicyPack(name="trial", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy(name="no-red", description="No red.", validate=validate)])
"""
COMPONENT = """\
import pulumi

class Thing(pulumi.ComponentResource):
    def __init__(self, name, colour):
        super().__init__("trial:index:Thing", name, {"colour": colour})
        self.register_outputs({})
"""


def pack(project: Project, text: str) -> str:
    options = f"{{name: python, options: {{virtualenv: {VIRTUAL_ENVIRONMENT}}}}}"
    project.write("pack/PulumiPolicy.yaml", f"description: trial\nversion: 0.0.1\nruntime: {options}\n")
    project.write("pack/__main__.py", text)
    return str(project.folder / "pack")


def test_a_program_gets_its_configuration_and_secrets_stay_secret(tmp_path: Path) -> None:
    project = program(
        tmp_path,
        "import pulumi, sys\nconfig = pulumi.Config()\nprint('printed', file=sys.stderr)\n"
        "pulumi.export('plain', config.require('plain'))\npulumi.export('hidden', config.require_secret('hidden'))\n"
        "pulumi.export('list', config.require_object('list'))\n"
        "pulumi.export('dry', pulumi.runtime.is_dry_run())\npulumi.export('root', pulumi.get_root_directory())\n",
    )
    project.pulumi("config", "set", "plain", "visible", check=True)
    project.pulumi("config", "set", "--secret", "hidden", "unspeakable", check=True)
    project.pulumi("config", "set", "--path", "list[0]", "first", check=True)
    answer = project.pulumi("up", "--yes", "--skip-preview")
    assert answer.returncode == 0, answer.stdout
    assert "unspeakable" not in answer.stdout + answer.stderr
    assert "printed" in answer.stdout
    outputs = json.loads(project.pulumi("stack", "output", "--json", "--show-secrets").stdout)
    assert (outputs["plain"], outputs["hidden"], outputs["list"]) == ("visible", "unspeakable", ["first"])
    assert outputs["dry"] is False
    assert outputs["root"] == str(tmp_path)
    assert "unspeakable" not in (tmp_path / ".state").joinpath(".pulumi/stacks/trial/test.json").read_text()


def test_a_failing_program_shows_its_own_lines_only_and_nothing_is_deployed(tmp_path: Path) -> None:
    project = program(tmp_path, "import pulumi\n\ndef inner():\n    raise ValueError('broken on purpose')\n\ninner()\n")
    answer = project.pulumi("preview")
    assert answer.returncode != 0
    assert "ValueError: broken on purpose" in answer.stdout
    assert "__main__.py" in answer.stdout
    assert "pulumi-language-python-exec" not in answer.stdout
    assert "non-zero exit code" not in answer.stdout, "the error was shown; it is not said twice"


def test_a_run_error_is_one_sentence_without_a_traceback(tmp_path: Path) -> None:
    project = program(tmp_path, "import pulumi\nraise pulumi.RunError('say this')\n")
    answer = project.pulumi("preview")
    assert answer.returncode != 0
    assert "say this" in answer.stdout
    assert "Traceback" not in answer.stdout


def test_a_program_that_exits_by_itself_fails(tmp_path: Path) -> None:
    answer = program(tmp_path, "import sys\nsys.exit(7)\n").pulumi("preview")
    assert answer.returncode != 0
    assert "non-zero exit code: 7" in answer.stdout + answer.stderr


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    project = program(tmp_path, "")
    (tmp_path / "program" / "__main__.py").unlink()
    answer = project.pulumi("preview")
    assert answer.returncode != 0
    assert "__main__.py" in answer.stdout + answer.stderr


def test_a_virtual_environment_that_is_not_there_is_named_with_the_way_out(tmp_path: Path) -> None:
    project = program(tmp_path, "import pulumi\n")
    text = (tmp_path / "Pulumi.yaml").read_text().replace(str(VIRTUAL_ENVIRONMENT), "nowhere")
    project.write("Pulumi.yaml", text)
    answer = project.pulumi("preview")
    assert answer.returncode != 0
    assert "nowhere" in answer.stdout + answer.stderr
    assert "pulumi install" in answer.stdout + answer.stderr


def test_a_pack_blocks_and_ends_without_a_traceback(tmp_path: Path) -> None:
    project = program(tmp_path, COMPONENT + "Thing('a', 'red')\nThing('b', 'blue')\n")
    answer = project.pulumi("preview", "--policy-pack", pack(project, PACK))
    assert answer.returncode != 0
    assert "red is not allowed" in answer.stdout
    assert "Traceback" not in answer.stdout + answer.stderr
    project.write("program/__main__.py", COMPONENT + "Thing('a', 'green')\n")
    assert project.pulumi("preview", "--policy-pack", str(tmp_path / "pack")).returncode == 0


@pytest.mark.parametrize(
    "text",
    ["raise ValueError('pack is broken')\n", "syntax error\n", "", "import sys\nsys.exit(3)\n"],
    ids=["raises", "syntax", "empty", "exits"],
)
def test_a_broken_pack_deploys_nothing(tmp_path: Path, text: str) -> None:
    project = program(tmp_path, COMPONENT + "Thing('a', 'green')\n")
    answer = project.pulumi("up", "--yes", "--policy-pack", pack(project, text))
    assert answer.returncode != 0
    state = json.loads(project.pulumi("stack", "export").stdout)
    assert not state["deployment"].get("resources")


def test_a_pack_that_is_not_there_deploys_nothing(tmp_path: Path) -> None:
    project = program(tmp_path, COMPONENT + "Thing('a', 'green')\n")
    assert project.pulumi("up", "--yes", "--policy-pack", str(tmp_path / "no-pack")).returncode != 0


def test_a_pack_that_crashes_while_it_judges_blocks(tmp_path: Path) -> None:
    project = program(tmp_path, COMPONENT + "Thing('a', 'green')\n")
    crashing = PACK.replace(
        'if args.props.get("colour") == "red":', "raise RuntimeError('cannot judge')\n    if False:"
    )
    assert project.pulumi("preview", "--policy-pack", pack(project, crashing)).returncode != 0


def test_an_interrupt_ends_a_program_that_waits_without_a_traceback(tmp_path: Path) -> None:
    marker = tmp_path / "started"
    project = program(
        tmp_path, f"import pathlib, threading\npathlib.Path({str(marker)!r}).touch()\nthreading.Event().wait()\n"
    )
    process = project.start("preview")
    until(marker.exists, process)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert "Traceback" not in output
    assert "KeyboardInterrupt" not in output


def test_a_killed_engine_leaves_no_program_and_no_host(tmp_path: Path) -> None:
    marker = tmp_path / "started"
    project = program(
        tmp_path, f"import pathlib, threading\npathlib.Path({str(marker)!r}).touch()\nthreading.Event().wait()\n"
    )
    process = project.start("preview")
    until(marker.exists, process)
    below = psutil.Process(process.pid).children(recursive=True)
    assert any("language_host" in part for one in below for part in one.cmdline())
    process.kill()
    process.communicate(timeout=PATIENCE)
    becomes(lambda: not any(one.is_running() and one.status() != psutil.STATUS_ZOMBIE for one in below))


PROVIDER = """\
import sys, time
from concurrent import futures
import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2 as rpc, provider_pb2_grpc

class Provider(provider_pb2_grpc.ResourceProviderServicer):
    def GetPluginInfo(self, request, context): return plugin_pb2.PluginInfo(version="0.0.1")
    def GetSchema(self, request, context): return rpc.GetSchemaResponse(schema="{}")
    def CheckConfig(self, request, context): return rpc.CheckResponse(inputs=request.news)
    def DiffConfig(self, request, context): return rpc.DiffResponse()
    def Configure(self, request, context): return rpc.ConfigureResponse()
    def Check(self, request, context): return rpc.CheckResponse(inputs=request.news)
    def Diff(self, request, context):
        changed = request.olds != request.news
        kind = rpc.DiffResponse.DIFF_SOME if changed else rpc.DiffResponse.DIFF_NONE
        return rpc.DiffResponse(changes=kind)
    def Create(self, request, context): return rpc.CreateResponse(id="made", properties=request.properties)
    def Update(self, request, context): return rpc.UpdateResponse(properties=request.news)
    def Delete(self, request, context): return empty_pb2.Empty()
    def Cancel(self, request, context): return empty_pb2.Empty()

server = grpc.server(futures.ThreadPoolExecutor())
provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
"""


def test_a_provider_in_python_is_run_from_the_projects_own_folder(tmp_path: Path) -> None:
    text = "import pulumi\npulumi.CustomResource('trial:index:Thing', 'a', {'colour': 'green'})\n"
    project = program(tmp_path, text)
    described = (tmp_path / "Pulumi.yaml").read_text()
    project.write("Pulumi.yaml", described + "plugins: {providers: [{name: trial, path: plugin}]}\n")
    options = f"{{name: python, options: {{virtualenv: {VIRTUAL_ENVIRONMENT}}}}}"
    project.write("plugin/PulumiPlugin.yaml", f"runtime: {options}\n")
    project.write("plugin/__main__.py", PROVIDER)
    first = project.pulumi("up", "--yes", "--skip-preview")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "2 created" in first.stdout
    assert "2 unchanged" in project.pulumi("up", "--yes", "--skip-preview").stdout
    project.write("program/__main__.py", text.replace("green", "blue"))
    assert "1 updated" in project.pulumi("up", "--yes", "--skip-preview").stdout
    gone = project.pulumi("destroy", "--yes", "--skip-preview")
    assert "2 deleted" in gone.stdout


def test_about_says_which_python_and_which_packages(tmp_path: Path) -> None:
    project = program(tmp_path, "import pulumi\n")
    told = json.loads(project.pulumi("about", "--json").stdout)
    assert told["runtime"]["language"] == "python"
    assert str(VIRTUAL_ENVIRONMENT) in told["runtime"]["executable"]
    assert told["runtime"]["version"].startswith("3.")
    names = {one["name"].lower() for one in told["dependencies"]}
    assert "rolecall" in names
    assert "pulumi-databricks" not in names, "another package needs it"
    everything = json.loads(project.pulumi("about", "--json", "--transitive").stdout)
    transitive = {one["name"].lower().replace("_", "-") for one in everything["dependencies"]}
    assert {"rolecall", "pulumi-databricks", "grpcio"} <= transitive


def test_install_makes_the_environment(tmp_path: Path) -> None:
    project = program(tmp_path, "import pulumi\n")
    text = (tmp_path / "Pulumi.yaml").read_text().replace(str(VIRTUAL_ENVIRONMENT), "fresh")
    project.write("Pulumi.yaml", text)
    project.write("requirements.txt", "")
    answer = project.pulumi("install", "--no-plugins")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert (tmp_path / "fresh" / "bin" / "python").exists()
