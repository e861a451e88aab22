"""What enforcing would have refused, from the proxies' metrics."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rolecall.kinds.service import Route
from rolecall.systems.kubernetes.mesh.audit import Audited, Unreadable, added, audited, refusals
from rolecall.systems.kubernetes.mesh.compilation import Caller, MeshService
from rolecall.systems.kubernetes.mesh.settings import MeshSettings

SETTINGS = MeshSettings()
WEB = SETTINGS.identity("dev-fraud", "web")
OTHER = SETTINGS.identity("dev-other", "job")
AUDIT = 'authz_kind="default",authz_name="audit"'
SERVICE = MeshService(
    "scorer", "dev-fraud", "mark", 8080, {"app": "scorer"}, (Caller("dev-fraud", "web"),), audits=True
)


def sample(client: str, value: str = "3", *, authz: str = AUDIT, more: str = "") -> str:
    server = 'srv_group="policy.linkerd.io",srv_kind="server",srv_name="scorer",srv_port="8080"'
    return f'inbound_http_authz_allow_total{{namespace="dev-fraud",{server},{authz},{client}{more}}} {value}'


METRICS = f"""\
# HELP inbound_http_authz_allow_total The total number of inbound HTTP requests that were authorized
# TYPE inbound_http_authz_allow_total counter
{sample(f'tls="true",client_id="{WEB}"', "10")}
{sample(f'tls="true",client_id="{OTHER}"', "2", more=',pod="a",route_name="default"')}
{sample(f'tls="true",client_id="{OTHER}"', "5 1700000000000", more=',pod="b",route_name="default"')}
{sample('tls="no_identity",no_tls_reason="not_provided_by_remote"', "1e3")}
{sample(f'tls="true",client_id="{OTHER}"', "0", more=',route_name="never"')}
{sample('tls="true",client_id="x"', authz='authz_kind="authorizationpolicy",authz_name="audit"')}
inbound_http_authz_deny_total{{srv_name="scorer"}} 4
request_total 7
"""


def test_what_only_the_audit_policy_admits_would_be_refused() -> None:
    found = refusals(added(audited(METRICS)), [SERVICE], SETTINGS)
    assert [(one.audited.client, one.audited.count, one.judged) for one in found] == [
        ("", 1000, True),
        (OTHER, 7, True),
    ]
    assert "not in the mesh" in found[0].because
    assert "no binding" in found[1].because


def test_a_caller_of_the_contract_is_not_refused_although_it_was_counted_for_audit() -> None:
    assert not refusals([Audited("dev-fraud", "scorer", "", WEB, 10)], [SERVICE], SETTINGS)


def test_what_the_contract_does_not_have_is_unknown() -> None:
    for one in (
        Audited("dev-fraud", "gone", "", WEB, 1),
        Audited("", "scorer", "", WEB, 1),
        Audited("dev-fraud", "", "", WEB, 1),
    ):
        (found,) = refusals([one], [SERVICE], SETTINGS)
        assert not found.judged


def test_routes_and_probes_are_judged_as_the_policies_admit_them() -> None:
    routed = replace(SERVICE, routes={"score": Route(path="/score")}, probes=("/healthz",))
    probed = replace(SERVICE, probes=("/healthz",))

    def refused(service: MeshService, route: str, client: str) -> bool:
        return bool(refusals([Audited("dev-fraud", "scorer", route, client, 1)], [service], SETTINGS))

    assert not refused(routed, "scorer", WEB)
    assert refused(routed, "scorer.probes", WEB)
    assert refused(routed, "scorer.probes", "")
    assert not refused(probed, "scorer.probes", WEB)
    assert refused(probed, "scorer.probes", OTHER)


@pytest.mark.parametrize(
    "line",
    [
        'inbound_http_authz_allow_total{authz_name="audit" 3',
        "inbound_http_authz_allow_total{authz_name=audit} 3",
        "<html>",
        sample('client_id="a"', "many"),
        sample('client_id="a"', "+Inf"),
    ],
)
def test_a_file_that_is_no_text_of_metrics_is_refused(line: str) -> None:
    with pytest.raises(Unreadable, match="line 2"):
        list(audited(f"\n{line}\n"))


def test_labels_may_hold_quotes_and_commas() -> None:
    (found,) = audited(sample(r'client_id="a,\"b\"\\n"'))
    assert found.client == 'a,"b"\\n'
