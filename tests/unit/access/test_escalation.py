"""Escalations: found through any number of steps, and none where everything is held already."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rolecall.access.effective import effective
from rolecall.access.grant import Grant
from rolecall.access.graph.escalations import Escalation, escalations
from rolecall.access.graph.powers import powers_of
from rolecall.access.graph.steps import Link
from rolecall.contract import Contract, Kind, Verb
from rolecall.ids.ids import DeployerId, GroupId, ObjectId, ServicePrincipalId
from rolecall.kinds.registry import BY_NAME
from tests.support.contracts import CONTRACT, compiled, load

TWO = CONTRACT.replace(
    "service_principals: {trainer: {}}",
    "service_principals: {trainer: {}, publisher: {}}\n    secret_scopes: {keys: {}}",
)
ENGINEERS, EMERGENCY = GroupId("engineers"), GroupId("emergency")
TRAINER = ServicePrincipalId("prod", "churn", "trainer")
PUBLISHER = ServicePrincipalId("prod", "churn", "publisher")
JOB = ObjectId("prod", Kind.JOB, "churn", "train")
USE_OF_PUBLISHER = ObjectId("prod", Kind.SERVICE_PRINCIPAL, "churn", "publisher")
SCOPE = ObjectId("prod", Kind.SECRET_SCOPE, "churn", "keys")


def found(contract: Contract, *grants: Grant) -> list[Escalation]:
    return escalations(contract, effective(grants))


def contract_of(folder: Path) -> Contract:
    return load(folder, TWO).contract


def test_what_is_reached_by_several_steps_is_gained(tmp_path: Path) -> None:
    edits = Grant(JOB, ENGINEERS, Verb.EDIT)
    uses = Grant(USE_OF_PUBLISHER, TRAINER, Verb.RUN)
    reads = Grant(SCOPE, PUBLISHER, Verb.VIEW)
    first, second = found(contract_of(tmp_path), edits, uses, reads)
    assert (first.of, first.acting_as, first.through) == (ENGINEERS, TRAINER, (edits,))
    assert (SCOPE, Verb.VIEW) in first.gained
    assert (second.of, second.acting_as, second.gained) == (TRAINER, PUBLISHER, ((SCOPE, Verb.VIEW),))


def test_running_a_job_is_no_power_over_what_it_does(tmp_path: Path) -> None:
    grants = Grant(JOB, ENGINEERS, Verb.RUN), Grant(SCOPE, TRAINER, Verb.MANAGE)
    assert found(contract_of(tmp_path), *grants) == []


def test_what_everybody_holds_is_no_gain(tmp_path: Path) -> None:
    users = GroupId("users")
    grants = Grant(JOB, ENGINEERS, Verb.EDIT), Grant(SCOPE, TRAINER, Verb.VIEW), Grant(SCOPE, users, Verb.VIEW)
    (one,) = found(contract_of(tmp_path), *grants)
    assert one.gained == ()


def test_acting_as_a_production_principal_is_one_whatever_it_holds(tmp_path: Path) -> None:
    contract = contract_of(tmp_path)
    in_dev = ObjectId("dev", Kind.JOB, "churn", "train")
    (one,) = found(contract, Grant(JOB, ENGINEERS, Verb.EDIT), Grant(in_dev, ENGINEERS, Verb.EDIT))
    assert (one.environment, one.acting_as, one.gained) == ("prod", TRAINER, ())
    # Principals of one project in one environment are on one side: only what is gained counts.
    assert found(contract, Grant(JOB, PUBLISHER, Verb.EDIT)) == []


def test_the_break_glass_group_and_the_deployer_are_trusted(tmp_path: Path) -> None:
    contract = contract_of(tmp_path)
    deployer = DeployerId(contract.databricks.deployer)
    grants = Grant(JOB, EMERGENCY, Verb.EDIT), Grant(JOB, deployer, Verb.OWN), Grant(SCOPE, TRAINER, Verb.VIEW)
    assert found(contract, *grants) == []


def test_nesting_gives_what_may_be_seen_and_is_told_for_what_may_be_changed(tmp_path: Path) -> None:
    text = TWO.replace("analysts: {external: 00g-analysts}", "analysts: {managed: true, includes: [engineers]}")
    text = text.replace("break_glass:", "identity: {provider: okta, issuer: 'https://o', application: a}\nbreak_glass:")
    contract = load(tmp_path, text).contract
    analysts = GroupId("analysts")
    (one,) = found(contract, Grant(JOB, analysts, Verb.VIEW), Grant(SCOPE, analysts, Verb.VIEW))
    assert not one.needs_acceptance, "it is listed, and refused nowhere"
    (one,) = found(contract, Grant(SCOPE, analysts, Verb.EDIT))
    assert one.needs_acceptance
    assert (one.of, one.acting_as, one.through, one.why) == (ENGINEERS, analysts, (), "is nested in")
    text = text.replace("emergency: {managed: true}", "emergency: {managed: true, includes: [engineers]}")
    (one,) = found(load(tmp_path, text).contract, Grant(SCOPE, EMERGENCY, Verb.VIEW))
    assert one.acting_as == EMERGENCY, "a group that is nested in the break-glass group is reported in any case"


def test_a_live_step_is_named_where_no_grant_makes_it_possible(tmp_path: Path) -> None:
    contract = contract_of(tmp_path)
    powers = powers_of(contract)
    powers.links[ENGINEERS].append(Link(TRAINER, "may create tokens of namespace prod-churn, so acts as", None))
    (one,) = escalations(contract, effective([Grant(SCOPE, TRAINER, Verb.VIEW)]), powers)
    assert (one.acting_as, one.through) == (TRAINER, ())
    assert one.why == "may create tokens of namespace prod-churn, so acts as"


def test_outside_protected_environments_it_is_listed_and_lets_the_contract_be(tmp_path: Path) -> None:
    text = CONTRACT.replace(
        "bindings:\n",
        "bindings:\n      - {role: runner, to: trainer, in: [dev]}\n      - {role: keeper, to: trainer, in: [dev]}\n",
    ).replace("roles:\n", "roles:\n  keeper: [{may: manage, kind: secret_scope}]\n")
    text = text.replace("    jobs:\n", "    secret_scopes: {keys: {}}\n    jobs:\n")
    compilation = compiled(tmp_path, text, date(2026, 11, 20)).compilation
    assert not compilation.problems
    assert not compilation.refusals
    assert [(one.environment, one.of) for one in compilation.escalations] == [("dev", ENGINEERS)]


verbs = {JOB: Kind.JOB, USE_OF_PUBLISHER: Kind.SERVICE_PRINCIPAL, SCOPE: Kind.SECRET_SCOPE}
grants = st.builds(
    lambda target, subject, index: Grant(
        target, subject, [*BY_NAME[target.kind].verbs][index % len(BY_NAME[target.kind].verbs)]
    ),
    st.sampled_from(sorted(verbs)),
    st.sampled_from([ENGINEERS, TRAINER, PUBLISHER]),
    st.integers(0, 9),
)


@given(st.lists(grants, max_size=9))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_is_left_to_gain_once_all_that_was_gained_is_given(tmp_path: Path, held: list[Grant]) -> None:
    contract = contract_of(tmp_path)
    given_too = list(held)
    # Each round gives at least one thing more, and there are not many.
    for _ in range(20):
        once = found(contract, *given_too)
        given_too += [Grant(target, one.of, verb) for one in once for target, verb in one.gained]
        if not any(one.gained for one in once):
            break
    assert not any(one.gained for one in found(contract, *given_too))


FOLDER = ObjectId("prod", Kind.FOLDER, "churn", "code")
FROM_FOLDER = TWO.replace("/Workspace/Shared/train.py", '"${resources.folders.code.name}/train.py"').replace(
    "secret_scopes: {keys: {}}", "secret_scopes: {keys: {}}\n    folders: {code: {}}"
)


def test_who_edits_a_folder_decides_what_the_jobs_do_that_run_its_code(tmp_path: Path) -> None:
    contract = load(tmp_path, FROM_FOLDER).contract
    reads = Grant(SCOPE, TRAINER, Verb.VIEW)
    edits = Grant(FOLDER, ENGINEERS, Verb.EDIT)
    (one,) = found(contract, edits, reads)
    assert (one.of, one.acting_as, one.through) == (ENGINEERS, TRAINER, (edits,))
    assert found(contract, Grant(FOLDER, ENGINEERS, Verb.RUN), reads) == []
    # A job that names no folder is steered by none.
    assert found(contract_of(tmp_path), edits, reads) == []


def test_a_job_may_run_what_lies_in_a_folder_that_it_names(tmp_path: Path) -> None:
    access = compiled(tmp_path, FROM_FOLDER).access
    assert access[FOLDER][TRAINER] is Verb.RUN
    assert TRAINER not in compiled(tmp_path, FROM_FOLDER.replace("${resources.folders.code.name}", "")).access[FOLDER]
