"""Objects that Rolecall applies to a real API server: made, read, changed, imported, deleted, and never taken."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from rolecall.errors import NotOwned, RolecallError, SystemRefused, SystemUnreachable
from rolecall.local.api_server import ApiServer
from rolecall.systems.connections import forget_all
from rolecall.systems.kubernetes.api_kinds import BY_NAME
from rolecall.systems.kubernetes.client import cluster
from rolecall.systems.kubernetes.declared_objects import declared_objects
from rolecall.systems.kubernetes.governed_object import GovernedObject, ObjectInputs
from rolecall.systems.kubernetes.lists import LISTS
from rolecall.systems.kubernetes.manifests import callers_of
from rolecall.systems.kubernetes.observe import read_list
from rolecall.systems.kubernetes.transport import KubernetesTransport
from rolecall.systems.resource import read_live
from tests.kubernetes.test_manifests import apply
from tests.support.cluster_contract import CONTRACT, cluster_contract
from tests.support.waiting import becomes

OBJECT = GovernedObject()
MARK = "rolecall:acme:dev:service:fraud:scorer"
# An organization and projects of its own: the server keeps what other tests have applied.
TEXT = CONTRACT.replace("organization: acme", "organization: objects")
TEXT = TEXT.replace("  fraud:\n", "  risk:\n").replace("  lonely:\n", "  single:\n")


@pytest.fixture(autouse=True)
def _context(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A kubeconfig with contexts of several users."""
    path = server.kubeconfig(
        tmp_path / "kubeconfig", {"lab": "deployer", "reader": "reader", "other": "other", "admin": "administrator"}
    )
    monkeypatch.setenv("KUBECONFIG", str(path))
    monkeypatch.setenv("ROLECALL_RETRY_SECONDS", "1")
    forget_all()
    yield
    forget_all()


def policy(namespace: str, **changes: Any) -> ObjectInputs:
    spec = {"podSelector": {"matchLabels": {"app": "scorer"}}, "policyTypes": ["Ingress"]}
    properties = {
        "cluster": "lab",
        "context": "lab",
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "namespace": namespace,
        "name": "closed",
        "content": {"spec": spec},
        "managedBy": MARK,
    }
    return ObjectInputs.model_validate({**properties, **changes})


def path(namespace: str) -> str:
    return f"/apis/networking.k8s.io/v1/namespaces/{namespace}/networkpolicies/closed"


def patch(client: httpx.Client, at: str, body: dict[str, Any], manager: str = "kubectl-edit") -> None:
    headers = {"Content-Type": "application/merge-patch+json"}
    client.patch(at, params={"fieldManager": manager}, headers=headers, json=body).raise_for_status()


def declared(folder: Path, text: str = TEXT) -> Iterator[ObjectInputs]:
    compiled = cluster_contract(folder, text)
    contract, access = compiled.contract, compiled.access
    for project in contract.projects:
        accounts = callers_of(contract, access, "dev", project)
        for one in declared_objects(contract, access, "dev", project, accounts):
            yield ObjectInputs.model_validate(dict(one.properties))


def test_every_object_of_a_contract_reads_back_as_it_is_declared(tmp_path: Path) -> None:
    kinds = set()
    for inputs in declared(tmp_path):
        OBJECT.check(inputs)
        made = OBJECT.create(inputs)
        live = read_live(OBJECT, made.id, inputs)
        assert live is not None
        assert live.inputs.model_copy(update={"overrules": inputs.overrules}) == inputs
        assert live.id == made.id == OBJECT.create(inputs).id
        kinds.add(inputs.kind)
    assert kinds >= {"Namespace", "ServiceAccount", "Server", "HTTPRoute", "AuthorizationPolicy", "NetworkPolicy"}


CHANGES: dict[str, dict[str, Any]] = {
    "a changed field": {"spec": {"podSelector": {"matchLabels": {"app": "other"}}}},
    "an added field": {"spec": {"podSelector": {"matchExpressions": [{"key": "x", "operator": "Exists"}]}}},
    "an added rule": {"spec": {"ingress": [{}]}},
    "another list": {"spec": {"policyTypes": ["Egress", "Ingress"]}},
    "a label of the mesh": {"metadata": {"annotations": {"config.linkerd.io/skip-inbound-ports": "80"}}},
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("hidden", [False, True], ids=["owned", "managed fields removed"])
def test_a_change_by_hand_shows_and_is_set_back_only_where_it_is_asked_for(
    administrator: httpx.Client, namespace: str, change: str, hidden: bool
) -> None:
    inputs = policy(namespace)
    made = OBJECT.create(inputs)
    patch(administrator, path(namespace), CHANGES[change])
    if hidden:
        patch(administrator, path(namespace), {"metadata": {"managedFields": [{}]}})
    live = read_live(OBJECT, made.id, inputs)
    assert live is not None
    assert live.inputs != inputs
    if not hidden:
        for refused in (lambda: OBJECT.update(made.id, live.inputs, inputs), lambda: OBJECT.check(inputs)):
            with pytest.raises(RolecallError, match=r"fields of other managers.* by kubectl-edit"):
                refused()
        assert read_live(OBJECT, made.id, inputs) == live
    OBJECT.update(made.id, live.inputs, policy(namespace, overrules=["kubectl-edit"]))
    assert read_live(OBJECT, made.id, inputs) == made


def test_a_field_of_another_manager_with_the_declared_value_is_no_conflict(
    administrator: httpx.Client, namespace: str
) -> None:
    made = OBJECT.create(policy(namespace))
    apply(administrator, policy(namespace).body, "argocd").raise_for_status()
    changed = {"spec": {"podSelector": {"matchLabels": {"app": "scorer"}}, "policyTypes": ["Ingress"]}}
    assert OBJECT.update(made.id, made.inputs, policy(namespace, content=changed)) == made
    with pytest.raises(RolecallError, match="by argocd"):
        OBJECT.update(made.id, made.inputs, policy(namespace, content={"spec": {"podSelector": {}}}))


def test_what_is_not_ours_is_neither_written_nor_deleted(administrator: httpx.Client, namespace: str) -> None:
    inputs = policy(namespace)
    foreign = {**inputs.body, "metadata": {"name": "closed", "namespace": namespace}}
    apply(administrator, foreign, "kubectl").raise_for_status()
    before = administrator.get(path(namespace)).json()
    made = OBJECT.create(policy(namespace, name="other"))
    identity = made.id.replace("|other", "|closed")
    for refused in (
        lambda: OBJECT.check(inputs),
        lambda: OBJECT.create(inputs),
        lambda: OBJECT.update(identity, inputs, inputs),
        lambda: OBJECT.delete(identity, inputs),
    ):
        with pytest.raises(NotOwned, match=f"NetworkPolicy {namespace}/closed of cluster lab"):
            refused()
    assert administrator.get(path(namespace)).json() == before


def test_an_object_of_another_declaration_is_not_taken(namespace: str) -> None:
    OBJECT.create(policy(namespace))
    with pytest.raises(NotOwned, match=f"carries the mark {MARK}"):
        OBJECT.create(policy(namespace, managedBy="rolecall:acme:dev:service:fraud:another"))


def test_a_deleted_object_is_gone_and_a_second_deletion_is_fine(administrator: httpx.Client, namespace: str) -> None:
    made = OBJECT.create(policy(namespace))
    OBJECT.delete(made.id, made.inputs)
    assert read_live(OBJECT, made.id, made.inputs) is None
    OBJECT.delete(made.id, made.inputs)
    # By hand: the next update makes it again.
    OBJECT.update(made.id, made.inputs, made.inputs)
    assert administrator.get(path(namespace)).is_success


def test_a_cluster_that_gets_another_name_keeps_its_objects(administrator: httpx.Client, namespace: str) -> None:
    made = OBJECT.create(policy(namespace))
    again = OBJECT.create(policy(namespace, cluster="renamed"))
    OBJECT.delete(made.id, made.inputs)
    assert read_live(OBJECT, again.id, again.inputs) == again


def test_an_object_that_names_another_cluster_shows_as_different(administrator: httpx.Client, namespace: str) -> None:
    """No run would delete it."""
    made = OBJECT.create(policy(namespace))
    patch(administrator, path(namespace), {"metadata": {"annotations": {"rolecall.dev/cluster": "elsewhere"}}})
    live = read_live(OBJECT, made.id, made.inputs)
    assert live is not None
    assert live.inputs.cluster == "elsewhere"


def test_an_object_without_its_mark_shows_as_different(administrator: httpx.Client, namespace: str) -> None:
    made = OBJECT.create(policy(namespace))
    patch(administrator, path(namespace), {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}})
    live = read_live(OBJECT, made.id, made.inputs)
    assert live is not None
    assert live.inputs.managed_by == "nobody"


def test_an_admission_rule_refuses_in_the_preview_with_its_words(administrator: httpx.Client, namespace: str) -> None:
    rule: dict[str, Any] = {"apiGroups": ["networking.k8s.io"], "apiVersions": ["*"], "operations": ["CREATE"]}
    rule |= {"resources": ["networkpolicies"]}
    words = {"expression": "object.metadata.name != 'forbidden'", "message": "this name is forbidden here"}
    name, group = f"forbids-{namespace}", "/apis/admissionregistration.k8s.io/v1"
    spec = {"matchConstraints": {"resourceRules": [rule]}, "validations": [words], "failurePolicy": "Fail"}
    binding: dict[str, Any] = {"policyName": name, "validationActions": ["Deny"]}
    binding |= {"matchResources": {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}}
    for kind, body in (("policies", spec), ("policybindings", binding)):
        posted = {"metadata": {"name": name}, "spec": body}
        administrator.post(f"{group}/validatingadmission{kind}", json=posted).raise_for_status()

    def refused() -> bool:
        with suppress(RolecallError):
            OBJECT.check(policy(namespace, name="forbidden"))
            return False
        return True

    becomes(refused)
    with pytest.raises(RolecallError, match="this name is forbidden here"):
        OBJECT.check(policy(namespace, name="forbidden"))
    with pytest.raises(RolecallError, match="this name is forbidden here"):
        OBJECT.create(policy(namespace, name="forbidden"))
    OBJECT.check(policy(namespace))


def test_routes_of_another_version_of_the_gateway_api_are_read(administrator: httpx.Client, namespace: str) -> None:
    """The server here has HTTPRoutes, and no GRPCRoutes."""
    version = "/apis/gateway.networking.k8s.io/v1beta1"
    body = {
        "apiVersion": "gateway.networking.k8s.io/v1beta1",
        "kind": "HTTPRoute",
        "metadata": {"name": "by-hand"},
        "spec": {"parentRefs": [{"group": "policy.linkerd.io", "kind": "Server", "name": "scorer"}]},
    }
    administrator.post(f"{version}/namespaces/{namespace}/httproutes", json=body).raise_for_status()
    (routes,) = (one for one in LISTS if one.gateway and one.kind == "HTTPRoute")
    for asked in (routes, replace(routes, path=routes.path.replace("/v1/", "/v9/"))):
        found = read_list(cluster("lab"), asked)
        assert found is not None
        assert namespace in {one["metadata"]["namespace"] for one in found["items"]}
    assert read_list(cluster("lab"), next(one for one in LISTS if one.kind == "GRPCRoute")) is None


def test_an_import_reads_all_of_it(namespace: str) -> None:
    made = OBJECT.create(policy(namespace))
    imported = read_live(OBJECT, f"lab|networking.k8s.io/v1|NetworkPolicy|{namespace}|closed", None)
    assert imported is not None
    assert imported.id == made.id
    assert imported.inputs == made.inputs


def test_a_namespace_with_something_in_it_is_not_deleted(administrator: httpx.Client) -> None:
    inputs = policy("", apiVersion="v1", kind="Namespace", name="occupied", content={})
    made = OBJECT.create(inputs)
    secret = "/api/v1/namespaces/occupied/secrets"
    administrator.post(secret, json={"metadata": {"name": "key"}}).raise_for_status()
    with pytest.raises(RolecallError, match="still has secrets; it was not deleted"):
        OBJECT.delete(made.id, inputs)
    administrator.delete(f"{secret}/key").raise_for_status()
    OBJECT.delete(made.id, inputs)
    # No controller ends it here: what is Terminating is said, and not written to.
    with pytest.raises(RolecallError, match="Namespace occupied of cluster lab is being deleted since"):
        OBJECT.create(inputs)
    for refused in (OBJECT.check, OBJECT.create):
        with pytest.raises(RolecallError, match="its namespace is being deleted since") as error:
            refused(policy("occupied"))
        assert "context" not in error.value.how_to_go_on


def test_a_webhook_that_does_not_answer_is_named_and_nothing_is_made(
    administrator: httpx.Client, namespace: str, server: ApiServer
) -> None:
    rule = {"apiGroups": ["networking.k8s.io"], "apiVersions": ["*"], "operations": ["CREATE", "UPDATE"]}
    webhook = {
        "name": "away.example.com",
        "clientConfig": {"url": "https://127.0.0.1:9/validate"},
        "rules": [{**rule, "resources": ["networkpolicies"]}],
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        "timeoutSeconds": 1,
        "failurePolicy": "Fail",
    }
    place = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations"
    body = {"metadata": {"name": f"away-{namespace}"}, "webhooks": [webhook]}
    administrator.post(place, json=body).raise_for_status()

    def refused() -> bool:
        with suppress(RolecallError):
            OBJECT.check(policy(namespace))
            return False
        return True

    becomes(refused)
    for refuses in (OBJECT.check, OBJECT.create):
        with pytest.raises(RolecallError, match=r"failed calling webhook .*away\.example\.com"):
            refuses(policy(namespace))
    administrator.delete(f"{place}/away-{namespace}").raise_for_status()
    assert administrator.get(path(namespace)).status_code == httpx.codes.NOT_FOUND


def test_a_run_that_was_killed_between_grant_and_server_is_ended_by_the_next(
    administrator: httpx.Client, tmp_path: Path
) -> None:
    text = TEXT.replace("  risk:\n", "  killed:\n").replace("  single:\n", "  alone:\n")
    wanted = [*declared(tmp_path, text)]
    first = next(number for number, one in enumerate(wanted) if one.kind == "Server")
    made = [OBJECT.create(one).id for one in wanted[:first]]
    # The objects that admit callers exist; no policy denies callers yet.
    servers = "/apis/policy.linkerd.io/v1beta3/namespaces/dev-killed/servers"
    assert administrator.get(servers).raise_for_status().json()["items"] == []
    again = [OBJECT.create(one).id for one in wanted]
    assert again[:first] == made
    assert len(administrator.get(servers).json()["items"]) == 3


def test_a_missing_definition_is_said_before_anything_is_changed(
    namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = "longhorn.io/v1beta9"
    later = replace(BY_NAME["longhorn.io/v1beta2", "RecurringJob"], version=version)
    monkeypatch.setitem(BY_NAME, (version, "RecurringJob"), later)
    inputs = policy(namespace, apiVersion=version, kind="RecurringJob", content={"spec": {}})
    for refused in (OBJECT.check, OBJECT.create):
        with pytest.raises(RolecallError, match=rf"has no RecurringJob of {version}") as error:
            refused(inputs)
        assert error.value.how_to_go_on == "Install Longhorn 1.8 or later, and run it again."


def test_a_caller_without_rights_is_refused_with_the_servers_words(namespace: str) -> None:
    with pytest.raises(SystemRefused, match="cannot get resource"):
        OBJECT.create(policy(namespace, context="reader"))


def test_a_caller_who_only_reads_previews_without_a_dry_run(administrator: httpx.Client, namespace: str) -> None:
    group = "rbac.authorization.k8s.io"
    reads = {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": ["get"]}
    subject = {"apiGroup": group, "kind": "User", "name": "reader"}
    reference = {"apiGroup": group, "kind": "Role", "name": "reads"}
    place = f"/apis/{group}/v1/namespaces/{namespace}"
    metadata = {"metadata": {"name": "reads"}}
    administrator.post(f"{place}/roles", json={**metadata, "rules": [reads]}).raise_for_status()
    bound = {**metadata, "roleRef": reference, "subjects": [subject]}
    administrator.post(f"{place}/rolebindings", json=bound).raise_for_status()
    made = OBJECT.create(policy(namespace))

    def reads_it() -> bool:
        with suppress(SystemRefused):
            OBJECT.check(policy(namespace, context="reader"))
            return True
        return False

    becomes(reads_it)
    patch(administrator, path(namespace), CHANGES["a changed field"])
    with pytest.raises(RolecallError, match="by kubectl-edit"):
        OBJECT.check(policy(namespace, context="reader"))
    with pytest.raises(RolecallError, match="by kubectl-edit"):
        OBJECT.update(made.id, made.inputs, policy(namespace))


def test_an_exec_plugin_signs_in(server: ApiServer, namespace: str, tmp_path: Path) -> None:
    """https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins"""
    status = {"token": server.users["deployer"].token}
    version = "client.authentication.k8s.io/v1"
    credential = {"apiVersion": version, "kind": "ExecCredential", "status": status}
    script = tmp_path / "plugin.py"
    script.write_text(f"print({json.dumps(json.dumps(credential))})")
    file = tmp_path / "kubeconfig"
    written = yaml.safe_load(file.read_text())
    plugin = {"apiVersion": version, "command": sys.executable, "args": [str(script)], "interactiveMode": "Never"}
    for user in written["users"]:
        user["user"] = {"exec": plugin}
    file.write_text(yaml.safe_dump(written))
    forget_all()
    assert OBJECT.create(policy(namespace))
    script.write_text("raise SystemExit(1)")
    forget_all()
    with pytest.raises(SystemRefused):
        OBJECT.create(policy(namespace))


def test_the_servers_schema_refuses_in_a_preview(namespace: str) -> None:
    with pytest.raises(RolecallError, match="policyTypes"):
        OBJECT.check(policy(namespace, content={"spec": {"podSelector": {}, "policyTypes": ["Sideways"]}}))


def test_a_context_that_leads_to_another_cluster_is_refused(namespace: str) -> None:
    made = OBJECT.create(policy(namespace))
    identity = made.id.replace(made.id.partition("|")[0], "11111111-1111-4111-8111-111111111111")
    for refused in (
        lambda: read_live(OBJECT, identity, made.inputs),
        lambda: OBJECT.update(identity, made.inputs, made.inputs),
        lambda: OBJECT.delete(identity, made.inputs),
    ):
        with pytest.raises(RolecallError, match="leads to another cluster"):
            refused()
    assert read_live(OBJECT, made.id, made.inputs) == made


def test_an_unknown_context_and_an_expired_token_are_refused(server: ApiServer, namespace: str, tmp_path: Path) -> None:
    with pytest.raises(SystemRefused, match="context 'nowhere'"):
        OBJECT.create(policy(namespace, context="nowhere"))
    file = tmp_path / "kubeconfig"
    file.write_text(file.read_text().replace(server.users["other"].token, "expired"))
    forget_all()
    with pytest.raises(SystemRefused, match="Unauthorized"):
        OBJECT.create(policy(namespace, context="other"))
    # A renewed token is read where the old one is not accepted any more.
    assert OBJECT.create(policy(namespace, context="lab"))


def test_a_renewed_token_is_read_from_the_file(server: ApiServer, namespace: str, tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    good = file.read_text()
    OBJECT.create(policy(namespace))
    transport = cluster("lab")()._transport
    assert isinstance(transport, KubernetesTransport)
    transport._client.configuration.api_key["BearerToken"] = "Bearer expired"
    transport._client.configuration.refresh_api_key_hook = None
    assert file.read_text() == good
    assert OBJECT.create(policy(namespace))


def test_a_server_that_is_away_is_unreachable(namespace: str, tmp_path: Path, server: ApiServer) -> None:
    file = tmp_path / "kubeconfig"
    file.write_text(file.read_text().replace(server.address, "https://127.0.0.1:9"))
    forget_all()
    with pytest.raises(SystemUnreachable, match="does not answer GET"):
        OBJECT.create(policy(namespace))


def test_an_unverified_server_gets_no_credentials(namespace: str, tmp_path: Path) -> None:
    file = tmp_path / "kubeconfig"
    text = "\n".join(line for line in file.read_text().splitlines() if "certificate-authority" not in line)
    file.write_text(text.replace("    server:", "    insecure-skip-tls-verify: true\n    server:"))
    forget_all()
    with pytest.raises(SystemRefused, match="does not verify the server's certificate"):
        OBJECT.create(policy(namespace))
