"""Every step of an escalation that a contract can give, each by one right and no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.access.graph.escalations import Escalation
from rolecall.access.graph.graph import AccessGraph, build
from rolecall.access.graph.nodes import Actor, Origin, OriginType
from rolecall.access.graph.powers import powers_of
from rolecall.compiled import CompiledContract, compile_file
from rolecall.ids.ids import DeployerId, GroupId, ServicePrincipalId
from tests.support.contracts import DATABRICKS, TODAY, VARIABLES, write

ENGINEERS = GroupId("engineers")
TRAINER = ServicePrincipalId("prod", "churn", "trainer")
DEPLOYER = DeployerId(VARIABLES["DATABRICKS_CLIENT_ID"])
HEAD = (
    DATABRICKS
    + """\
workspaces:
  prod: {host: "${env:ML_PROD_HOST}", metastore: 5a000000-0000-4000-8000-0000000000e1}
environments:
  prod: {workspace: prod, catalog: acme_prod, protected: true}
break_glass: {group: emergency}
issuers: {github: {address: https://token.actions.githubusercontent.com}}
identity: {provider: okta, issuer: https://acme.okta.com, application: 0oa1}
groups:
  engineers: {external: 00g-engineers}
  team: {managed: true}
  emergency: {managed: true}
roles: {given: [RIGHT]}
projects:
  churn:
    owner: engineers
    bindings: [{role: given, to: engineers, in: [prod]}]
    service_principals: {trainer: {federation: [FEDERATION]}}
    cluster_policies: {small: {}, scripted: {definition: {init_scripts.0.volumes.destination:
      {type: fixed, value: /Volumes/acme_prod/churn_code/scripts/start.sh}}}}
    instance_pools: {ready: {node_type: m5d.large}}
    folders: {notebooks: {}}
    datasets: {code: {volumes: [scripts]}, features: {}}
    secret_scopes: {keys: {}}
    models: {scorer: {}}
    jobs: {train: {run_as: trainer, policy: small, JOB, tasks: [{task_key: a, TASK}]}}
"""
)
FEDERATION = 'issuer: github, subject: "repo:Acme/Churn:environment:{environment}", audience: a'
CLUSTER = "spark_version: 16.4.x-scala2.12, node_type_id: m5d.large, num_workers: 1"
NOTEBOOK = "notebook_task: {notebook_path: /Repos/a}"
SCRIPT = "/Volumes/acme_prod/churn_code/scripts/a"
WRITTEN_OUT = "/Workspace/Users/DEPLOYER/folders/[prod] churn-notebooks/a.py"


ANY = "max_concurrent_runs: 1"


def world(folder: Path, right: str, task: str = NOTEBOOK, job: str = ANY, **changes: str) -> CompiledContract:
    text = HEAD.replace("RIGHT", right).replace("JOB", job).replace("TASK", task)
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    text = text.replace("FEDERATION", f"{{{FEDERATION}}}")
    return compile_file(write(folder, text), TODAY, VARIABLES, judged=False)


def graph_of(compiled: CompiledContract) -> AccessGraph:
    return build(powers_of(compiled.contract, compiled.loaded.places), compiled.access)


def by(compiled: CompiledContract, of: Actor = ENGINEERS, acting_as: Actor = TRAINER) -> list[Escalation]:
    return [one for one in compiled.compilation.escalations if (one.of, one.acting_as) == (of, acting_as)]


POOL = (
    "new_cluster: {spark_version: 16.4.x-scala2.12, num_workers: 1, "
    "instance_pool_id: '${resources.instance_pools.ready.id}'}"
)


def with_variable(name: str) -> str:
    """A task whose cluster reads a secret into a variable."""
    secret = "'{{secrets/prod-churn-keys/a}}'"
    return f"new_cluster: {{{CLUSTER}, spark_env_vars: {{{name}: {secret}}}}}, {NOTEBOOK}"


# What lets engineers act as the job's principal: the right, the task, and what else the job says.
STEPS = {
    "edit a job": ("{may: edit, kind: job}", NOTEBOOK, ""),
    "use a principal": ("{may: run, kind: service_principal}", NOTEBOOK, ""),
    "manage a principal": ("{may: manage, kind: service_principal}", NOTEBOOK, ""),
    "edit a folder of notebooks": (
        "{may: edit, kind: folder}",
        "notebook_task: {notebook_path: '${resources.folders.notebooks.name}/a'}",
        "",
    ),
    "edit a folder that is written out": (
        "{may: manage, kind: folder}",
        f"new_cluster: {{{CLUSTER}}}, spark_python_task: {{python_file: '{WRITTEN_OUT}'}}",
        "",
    ),
    "write a wheel in a volume": (
        "{may: edit, kind: dataset}",
        f"libraries: [{{whl: {SCRIPT}.whl}}], {NOTEBOOK}",
        "",
    ),
    "write a script of a volume": (
        "{may: edit, kind: dataset}",
        f"new_cluster: {{{CLUSTER}}}, spark_python_task: {{python_file: {SCRIPT}.py}}",
        "",
    ),
    "write what spark-submit runs": (
        "{may: edit, kind: dataset}",
        f"new_cluster: {{{CLUSTER}}}, spark_submit_task: {{parameters: ['dbfs:{SCRIPT}.jar']}}",
        "",
    ),
    "write an init script": (
        "{may: edit, kind: dataset}",
        f"new_cluster: {{{CLUSTER}, init_scripts: [{{volumes: {{destination: {SCRIPT}.sh}}}}]}}, {NOTEBOOK}",
        "",
    ),
    "write an environment's package": (
        "{may: edit, kind: dataset}",
        NOTEBOOK,
        f"environments: [{{environment_key: e, spec: {{client: '2', dependencies: [{SCRIPT}.whl]}}}}]",
    ),
    "write an init script of the cluster policy": ("{may: edit, kind: dataset}", NOTEBOOK, "policy: scripted"),
    "manage a pool": (
        "{may: manage, kind: instance_pool}",
        f"{POOL}, {NOTEBOOK}",
        "",
    ),
    "replace a model that a job loads": (
        "{may: manage, kind: model}",
        NOTEBOOK,
        "parameters: [{name: model, default: '${resources.models.scorer.name}'}]",
    ),
    "write a secret that a job trusts": (
        "{may: edit, kind: secret_scope}",
        with_variable("ADDRESS"),
        "",
    ),
    "write a secret scope that a job names": (
        "{may: edit, kind: secret_scope}",
        NOTEBOOK,
        "parameters: [{name: scope, default: '${resources.secret_scopes.keys.name}'}]",
    ),
    "read the key that a job signs in with": (
        "{may: view, kind: secret_scope}",
        with_variable("DATABRICKS_TOKEN"),
        "",
    ),
    "administer the workspace": ("{may: manage, kind: workspace}", NOTEBOOK, ""),
    "manage the catalog that holds code": (
        "{may: manage, kind: catalog}",
        f"new_cluster: {{{CLUSTER}}}, spark_python_task: {{python_file: {SCRIPT}.py}}",
        "",
    ),
}


@pytest.mark.parametrize("step", STEPS)
def test_each_step_lets_a_group_act_as_the_principal(tmp_path: Path, step: str) -> None:
    right, task, job = STEPS[step]
    task = task.replace("DEPLOYER", VARIABLES["DATABRICKS_CLIENT_ID"])
    text = job or "max_concurrent_runs: 1"
    changes = {"policy: small, ": ""} if "policy: scripted" in job else {}
    compiled = world(tmp_path, right, task, text, **changes)
    assert by(compiled), [str(one) for one in compiled.compilation.escalations]
    assert any("trainer" in problem.what for problem in compiled.compilation.refusals)
    graph = graph_of(compiled)
    way = graph.shortest([graph.actors[ENGINEERS]], [graph.actors[TRAINER]])
    assert way is not None


# What lets nobody act as anybody: data that a job reads, and rights below those that steer it.
HARMLESS = {
    "run a job": ("{may: run, kind: job}", NOTEBOOK, ""),
    "write data": ("{may: edit, kind: dataset}", NOTEBOOK, f"parameters: [{{name: input, default: {SCRIPT}.csv}}]"),
    "read the folder": (
        "{may: run, kind: folder}",
        "notebook_task: {notebook_path: '${resources.folders.notebooks.name}/a'}",
        "",
    ),
    "write code of nobody": ("{may: edit, kind: [dataset, folder, secret_scope]}", NOTEBOOK, ""),
    "read a secret": (
        "{may: view, kind: secret_scope}",
        with_variable("ADDRESS"),
        "",
    ),
    "manage a model that nobody loads": ("{may: manage, kind: model}", NOTEBOOK, ""),
    "attach to a pool": ("{may: run, kind: instance_pool}", NOTEBOOK, ""),
}


@pytest.mark.parametrize("step", HARMLESS)
def test_weaker_rights_let_nobody_act_as_the_principal(tmp_path: Path, step: str) -> None:
    right, task, job = HARMLESS[step]
    compiled = world(tmp_path, right, task, job or "max_concurrent_runs: 1")
    assert not [one for one in compiled.compilation.escalations if one.of == ENGINEERS]
    graph = graph_of(compiled)
    assert graph.shortest([graph.actors[ENGINEERS]], [graph.actors[TRAINER]]) is None


def test_a_job_that_names_nobody_runs_as_the_deployer(tmp_path: Path) -> None:
    compiled = world(tmp_path, "{may: edit, kind: job}", **{"run_as: trainer, ": ""})
    (one,) = by(compiled, acting_as=DEPLOYER)
    assert one.needs_acceptance
    assert {target.kind for target, _ in one.gained} >= {"workspace", "dataset", "secret_scope"}


def test_the_administrator_of_one_environment_is_that_of_all_in_the_workspace(tmp_path: Path) -> None:
    changes = {
        "environments:\n": "environments:\n  dev: {workspace: prod, catalog: acme_dev}\n",
        "to: engineers, in: [prod]": "to: engineers, in: [dev]",
    }
    compiled = world(tmp_path, "{may: manage, kind: workspace}", **changes)
    (one,) = by(compiled)
    assert (one.environment, one.through[0].target.environment) == ("prod", "dev")
    assert any("in dev" in problem.what for problem in compiled.compilation.refusals)


def test_whoever_is_nested_in_administrators_may_do_everything(tmp_path: Path) -> None:
    text = {
        "team: {managed: true}": "team: {managed: true, includes: [engineers]}",
        "break_glass:": "administrators: [team]\nbreak_glass:",
    }
    compiled = world(tmp_path, "{may: view, kind: job}", **text)
    (one,) = by(compiled, acting_as=GroupId("team"))
    assert one.needs_acceptance
    # Whom the contract names is trusted, as the deployer is.
    assert not [found for found in compiled.compilation.escalations if found.of == GroupId("team")]
    graph = graph_of(compiled)
    assert graph.shortest([graph.actors[ENGINEERS]], [graph.actors[TRAINER]]) is not None


def test_a_workload_and_the_repository_of_its_workflows_act_as_the_principal(tmp_path: Path) -> None:
    source = "git_source: {git_url: 'https://github.com/Acme/Churn.git', git_provider: gitHub, git_tag: v1}"
    task = f"new_cluster: {{{CLUSTER}, docker_image: {{url: 'registry.example/churn:1'}}}}, {NOTEBOOK}"
    graph = graph_of(world(tmp_path, "{may: view, kind: job}", task, source))
    trainer = graph.actors[TRAINER]
    for origin in (
        Origin(OriginType.WORKLOAD, "repo:Acme/Churn:environment:prod", "github"),
        Origin(OriginType.REPOSITORY, "github.com/acme/churn"),
        Origin(OriginType.IMAGE, "registry.example/churn:1"),
    ):
        assert graph.shortest([graph.actors[origin]], [trainer]) is not None, origin


def test_a_whole_project_may_be_accepted_at_once(tmp_path: Path) -> None:
    accepted = (
        "accepted_escalations:\n  - {of: engineers, acting_as: churn/*, in: [prod], reason: r, ticket: t, owner: o, "
        "expires: 2026-12-01}\nbreak_glass:"
    )
    compiled = world(tmp_path, "{may: edit, kind: job}", **{"break_glass:": accepted})
    assert by(compiled)
    assert not compiled.compilation.refusals


def test_the_message_shows_the_path_of_several_steps(tmp_path: Path) -> None:
    user = "user: [{may: run, kind: service_principal, tags: {a: b}}]"
    more = {
        "roles: {given:": f"roles: {{{user}, keeper: [{{may: manage, kind: secret_scope}}], given:",
        "bindings: [": "bindings: [{role: user, to: trainer, in: [prod]}, {role: keeper, to: publisher, in: [prod]}, ",
        "service_principals: {": "service_principals: {publisher: {tags: {a: b}}, ",
    }
    compiled = world(tmp_path, "{may: edit, kind: job}", **more)
    problem = next(one for one in compiled.compilation.refusals if "engineers may act" in one.what)
    path = (
        "engineers → service principal churn/trainer in prod → service principal churn/publisher in prod → manage on "
    )
    assert path in problem.what
    assert problem.place is not None
