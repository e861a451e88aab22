"""Back doors of each row of live access, each opened in an emulated world."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from databricks.sdk.service import workspace

from tests.support import opening as by
from tests.support.hand_world import METASTORE, HandWorld
from tests.support.opening import ALL_CARDS, BEN, CARDS, CLEO, JOBS, LANDING, SCOPE, SCORES, UNITY


@dataclass(frozen=True)
class Door:
    """A back door.

    Attributes:
        names: text that the finding has to contain: the thing, its subject or its property.
        says: text of what makes it matter.
        open: opens it.
    """

    names: str
    says: str
    open: Callable[[HandWorld], Any]


DOORS = (
    # People and groups get in first: some doors below need them in the workspace.
    Door(
        f"workspace nonprod in dev {BEN}",
        "manage",
        lambda world: world.do(
            "PATCH", "/api/2.0/preview/scim/v2/Groups/admins", by.changes("members", world.id_of(BEN))
        ),
    ),
    Door("workspace nonprod in dev analysts", "manage", lambda world: world.emulator.assign("analysts", "ADMIN")),
    Door(f"workspace nonprod in dev {CLEO}", "run", lambda world: world.emulator.assign(CLEO)),
    # Data: single objects, partial rights, owners, policies, views, shares.
    Door(
        f"MODIFY on table {CARDS}.transactions: group analysts",
        "MODIFY",
        by.grants("table", f"{CARDS}.transactions", "analysts", "MODIFY"),
    ),
    Door(f"MANAGE on volume {CARDS}.landing: person {CLEO}", "MANAGE", by.grants("volume", LANDING, CLEO, "MANAGE")),
    Door("dataset fraud/scores in dev analysts", "holds SELECT", by.grants("schema", SCORES, "analysts", "SELECT")),
    Door(
        "dataset fraud/cards in dev account users",
        "holds USE_SCHEMA",
        by.grants("schema", CARDS, "account users", "USE_SCHEMA"),
    ),
    Door(
        "catalog acme in dev analysts",
        "ALL_PRIVILEGES",
        by.grants("catalog", "acme", "analysts", "ALL_PRIVILEGES"),
    ),
    Door(
        "table fraud/latest in dev analysts",
        "view",
        by.grants("table", f"{SCORES}.latest", "analysts", "SELECT"),
    ),
    Door(
        f"table fraud/latest in dev {CLEO}",
        "holds MODIFY",
        by.grants("table", f"{SCORES}.latest", CLEO, "MODIFY"),
    ),
    Door(
        "volume fraud/reports in dev analysts",
        "edit",
        by.grants("volume", f"{SCORES}.reports", "analysts", "READ_VOLUME", "WRITE_VOLUME"),
    ),
    Door(
        "function fraud/mask in dev account users",
        "run",
        by.grants("function", f"{CARDS}.mask", "account users", "EXECUTE"),
    ),
    Door(
        f"owner of function {CARDS}.mask: person {CLEO}",
        "may do everything",
        by.owner("functions", f"{CARDS}.mask", CLEO),
    ),
    Door(
        f"owner of table {SCORES}.latest: group analysts",
        "may do everything",
        by.owner("tables", f"{SCORES}.latest", "analysts"),
    ),
    Door(f"owner of volume {LANDING}: person {CLEO}", "may do everything", by.owner("volumes", LANDING, CLEO)),
    Door(
        f"owner of table {CARDS}.transactions: person {CLEO}",
        "may do everything",
        by.owner("tables", f"{CARDS}.transactions", CLEO),
    ),
    Door(f"owner of schema {SCORES}: group analysts", "may do everything", by.owner("schemas", SCORES, "analysts")),
    Door(
        f"policy masks on metastore {METASTORE}",
        "changes what holders see",
        by.policy(METASTORE, "METASTORE", "masks"),
    ),
    Door("policy hides on catalog acme", "changes what holders see", by.policy("acme", "CATALOG", "hides")),
    Door(
        "isolation of catalog acme",
        "can be used from every workspace of its metastore",
        lambda world: world.do("PATCH", f"{UNITY}/catalogs/acme", {"isolation_mode": "OPEN"}),
    ),
    Door("binding of catalog acme to workspace", "lets the workspace write in the catalog", by.bind_to_write),
    Door(
        "isolation of external location dev-fraud-outer",
        "can be used from every workspace of its metastore",
        lambda world: world.do(
            "PATCH", f"{UNITY}/external-locations/dev-fraud-outer", {"isolation_mode": "ISOLATION_MODE_OPEN"}
        ),
    ),
    Door("policy opens on catalog acme", "changes what holders see", by.granting_policy),
    Door("view lab.play.peek", f"may read of {CARDS} to its readers", by.other_view),
    Door("view acme.near.peek", f"may read of {CARDS}", by.near_view),
    Door(f"view {SCORES}.joined", f"may read of {CARDS}", by.statement(f"{SCORES}.joined" + ALL_CARDS)),
    Door(f"function {SCORES}.card", f"may read of {CARDS}", by.function),
    Door("share abroad", f"shares {CARDS} with its recipients partner", by.partner),
    Door(
        "share fraud/claims in dev partner (recipient)",
        "view",
        by.recipient("partner"),
    ),
    Door(
        f"table {CARDS}.transactions in share dev-fraud-claims", "is given to the share's recipients", by.put_in_share
    ),
    Door("of recipient dev-fraud-insurer", "works until it is revoked, and until 2026-12-31", by.rotated),
    Door(
        "addresses of recipient dev-fraud-insurer",
        "are any, and 203.0.113.0/24 in the contract",
        lambda world: world.do(
            "PATCH", f"{UNITY}/recipients/dev-fraud-insurer", {"ip_access_list": {"allowed_ip_addresses": []}}
        ),
    ),
    Door(
        f"owner of share dev-fraud-claims: person {CLEO}",
        "may do everything",
        by.owner("shares", "dev-fraud-claims", CLEO),
    ),
    Door(
        f"owner of recipient dev-fraud-insurer: person {CLEO}",
        "may do everything",
        by.owner("recipients", "dev-fraud-insurer", CLEO),
    ),
    Door(
        "token lifetime of metastore central",
        "last for ever",
        lambda world: world.do(
            "PATCH",
            f"{UNITY}/metastores/{METASTORE}",
            {
                "delta_sharing_scope": "INTERNAL_AND_EXTERNAL",
                "delta_sharing_recipient_token_lifetime_in_seconds": 0,
            },
        ),
    ),
    Door("assigner of governed tag data-class: group analysts", "assigns tag data-class", by.tag),
    Door(
        "CREATE_CATALOG on metastore central: group analysts",
        "CREATE_CATALOG",
        by.grants("metastore", METASTORE, "analysts", "CREATE_CATALOG"),
    ),
    Door(
        "SET_SHARE_PERMISSION on metastore central: group engineers",
        "gives group engineers SET_SHARE_PERMISSION beside the contract",
        by.grants("metastore", METASTORE, "engineers", "SET_SHARE_PERMISSION"),
    ),
    Door(
        f"SET_SHARE_PERMISSION on metastore central: person {CLEO}",
        f"opens the contract's shares to recipients of person {CLEO}",
        by.grants("metastore", METASTORE, CLEO, "SET_SHARE_PERMISSION"),
    ),
    Door(
        "connection bank",
        "gives service principal fraud/trainer in dev USE_CONNECTION",
        by.around("connections", "connection", "bank", "USE_CONNECTION", connection_type="POSTGRESQL", options={}),
    ),
    Door(
        "service credential cloud",
        "gives group engineers ACCESS",
        by.around(
            *("credentials", "credential", "cloud", "ACCESS", "engineers"),
            purpose="SERVICE",
            aws_iam_role={"role_arn": "arn:aws:iam::123456789012:role/cloud"},
        ),
    ),
    Door(
        "storage credential lake",
        "gives service principal fraud/trainer in dev",
        by.around(
            "storage-credentials",
            "storage_credential",
            "lake",
            "CREATE_EXTERNAL_LOCATION",
            aws_iam_role={"role_arn": "arn:aws:iam::123456789012:role/lake"},
        ),
    ),
    Door(
        "external location outside",
        "gives everybody (account users) WRITE_FILES",
        by.around(
            "external-locations",
            "external_location",
            "outside",
            "WRITE_FILES",
            "account users",
            url="s3://x",
            credential_name="lake",
        ),
    ),
    Door(
        "owner of external location dev-fraud-landing: group analysts",
        "may do everything",
        by.owner("external-locations", "dev-fraud-landing", "analysts"),
    ),
    Door(
        "owner of storage credential dev-fraud-lake: person cleo@example.com",
        "may do everything",
        by.owner("storage-credentials", "dev-fraud-lake", CLEO),
    ),
    Door(
        "external location fraud/landing in dev analysts",
        "view",
        by.grants("external_location", "dev-fraud-landing", "analysts", "READ_FILES"),
    ),
    Door(
        f"external location fraud/shared in dev {CLEO}",
        "holds CREATE_EXTERNAL_VOLUME",
        by.grants("external_location", "shared", CLEO, "CREATE_EXTERNAL_VOLUME"),
    ),
    Door(
        "storage credential fraud/lake in dev account users",
        "view",
        by.grants("storage_credential", "dev-fraud-lake", "account users", "READ_FILES"),
    ),
    Door(
        "storage credential platform-lake",
        f"gives person {CLEO} WRITE_FILES, and reaches external location fraud/outer in dev",
        by.grants("storage_credential", "platform-lake", CLEO, "WRITE_FILES"),
    ),
    Door(
        "service credential twin",
        f"gives person {CLEO} ACCESS, and is the cloud identity of storage credential fraud/lake in dev",
        by.around(
            *("credentials", "credential", "twin", "ACCESS", CLEO),
            purpose="SERVICE",
            aws_iam_role={"role_arn": "arn:aws:iam::123456789012:role/fraud"},
        ),
    ),
    Door(
        "connection fraud/claims in dev analysts",
        "run",
        by.grants("connection", "dev-fraud-claims", "analysts", "USE_CONNECTION"),
    ),
    Door(
        "service credential fraud/queue in dev analysts",
        "run",
        by.grants("credential", "dev-fraud-queue", "analysts", "ACCESS"),
    ),
    Door(
        f"owner of connection dev-fraud-claims: person {CLEO}",
        "may do everything",
        by.owner("connections", "dev-fraud-claims", CLEO),
    ),
    Door(
        "option aws_region of connection dev-fraud-claims",
        "is us-east-1, and eu-central-1 in the contract",
        lambda world: world.do(
            "PATCH",
            f"{UNITY}/connections/dev-fraud-claims",
            {"options": {"aws_region": "us-east-1", "aws_account_id": "123456789012"}},
        ),
    ),
    Door("binding of external location dev-fraud-landing to workspace", "opens the external location", by.bind),
    # What runs or shows something.
    Door(
        "'by-role' in workspace nonprod",
        "runs as group engineers",
        lambda world: world.do("POST", JOBS, {**by.WORK, "name": "by-role", "run_as": {"group_name": "engineers"}}),
    ),
    Door(
        "'starter'",
        "starts job fraud/land in dev",
        lambda world: by.job(world, "starter", {"run_job_task": {"job_id": by.land(world)}}),
    ),
    Door(
        "'by-role' in workspace nonprod",
        "used by group analysts (CAN_MANAGE_RUN)",
        lambda world: world.allow(f"jobs/{by.job_named(world, 'by-role')}", "CAN_MANAGE_RUN", group_name="analysts"),
    ),
    Door("'loop'", "starts job fraud/land in dev", by.loop),
    Door(
        "pipeline 'keys'",
        f"reads secrets of {SCOPE}",
        lambda world: world.do(
            "POST",
            "/api/2.0/pipelines",
            {"name": "keys", "catalog": "lab", "configuration": {"k": f"{{{{secrets/{SCOPE}/k}}}}"}},
        ),
    ),
    Door("cluster 'keys'", f"reads secrets of {SCOPE}", by.secret_cluster),
    Door("app 'viewer'", f"gives its own principal access to {CARDS}", by.app),
    Door(
        "app 'helper'",
        "gives its own principal WRITE on secret scope fraud/network in dev, CAN_MANAGE on job fraud/land in dev, "
        "CAN_USE on warehouse fraud/reports in dev",
        by.helper_app,
    ),
    Door(
        "resources of app dev-fraud-viewer in workspace nonprod",
        "gives its own principal, and so users of app fraud/viewer in dev, WRITE on secret scope fraud/network in dev",
        by.own_app,
    ),
    Door("app fraud/viewer in dev", "its principal has rights through the resources", lambda _world: None),
    Door("vector search index lab.play.cards_index", f"copies {CARDS}", by.index),
    Door("database instance 'fast'", f"copies {CARDS}", by.lakebase),
    Door("clean room 'joint'", f"shares {CARDS} with its collaborators", by.clean_room),
    Door("database instance 'side'", "names service principal fraud/trainer in dev", by.database_role),
    Door("Genie space 'ask'", "runs everybody's questions on warehouse fraud/reports", by.genie),
    Door("dashboard 'wall'", "runs everybody's questions on warehouse fraud/reports", by.board),
    # Folders.
    Door("CAN_EDIT on folder fraud/notebooks in dev: analysts", "inherited from /directories/", by.parent),
    Door("CAN_MANAGE on notebook", f"gives {CLEO} (person) CAN_MANAGE on notebook train", by.single_notebook),
    Door("deep/deeper/run", "CAN_RUN on notebook run", by.nested_notebook),
    Door("on Git folder", "gives analysts CAN_EDIT on Git folder tools", by.git_folder),
    # Identities.
    Door(
        "group.manager of the account: group analysts",
        "adds members to every group",
        lambda world: world.rules("", {"roles/group.manager": ["groups/analysts"]}, added=True),
    ),
    Door(
        f"tagPolicy.assigner of the account: person {CLEO}",
        "assigns every governed tag",
        lambda world: world.rules("", {"roles/tagPolicy.assigner": [f"users/{CLEO}"]}, added=True),
    ),
    Door(
        "manager of group engineers: group analysts",
        "adds members to group engineers",
        lambda world: world.rules(
            f"groups/{world.id_of('engineers')}", {"roles/group.manager": ["groups/analysts"]}, added=True
        ),
    ),
    Door(
        f"assumer of group analysts: person {CLEO}",
        "acts as group analysts",
        lambda world: world.rules(
            f"groups/{world.id_of('analysts')}", {"roles/group.assumer": [f"users/{CLEO}"]}, added=True
        ),
    ),
    Door(
        f"assigner of governed tag retention: person {CLEO}",
        "assigns tag retention",
        lambda world: world.rules(
            f"tagPolicies/{world.ids_of_account['retention']}",
            {"roles/tagPolicy.assigner": [f"users/{CLEO}"]},
            added=True,
        ),
    ),
    Door(
        "user of budget policy fraud: group analysts",
        "runs serverless compute on its costs",
        lambda world: world.rules(
            f"budgetPolicies/{world.ids_of_account['fraud']}",
            {"roles/budgetPolicy.user": ["groups/analysts"]},
            added=True,
        ),
    ),
    Door("contractors in group engineers", "holds everything that group engineers holds", by.nested),
    Door(
        "service principal fraud/trainer in dev in group auditors",
        "holds everything that group auditors holds",
        lambda world: by.join(world, "auditors", str(world.trainer.id)),
    ),
    Door(
        "service principal fraud/trainer in dev analysts",
        "run",
        lambda world: world.rules(
            f"servicePrincipals/{world.application}", {"roles/servicePrincipal.user": ["groups/analysts"]}, added=True
        ),
    ),
    Door(
        "entitlements of everybody (users)",
        "allow-cluster-create",
        lambda world: by.entitle(world, "Groups", "users", "allow-cluster-create"),
    ),
    Door(
        f"entitlements of person {CLEO}",
        "allow-instance-pool-create",
        lambda world: by.entitle(world, "Users", world.id_of(CLEO), "allow-instance-pool-create"),
    ),
    Door(
        "entitlements of group analysts",
        "databricks-instance-profile",
        lambda world: by.entitle(world, "Groups", world.id_of("analysts"), "databricks-instance-profile"),
    ),
    Door("federation policy shadow of the deployer", "signs in as the deployer", by.deployed_by_others),
    Door(
        "'debug' in workspace nonprod",
        "acts as the deployer",
        lambda world: world.workspace.tokens.create(comment="debug", lifetime_seconds=600),
    ),
    Door(
        "'ada' in workspace nonprod",
        "signs in as person ada@example.com for more than the 30 days",
        lambda world: world.emulator.as_person("nonprod").tokens.create(comment="ada", lifetime_seconds=90 * 86_400),
    ),
    Door(
        f"secret scope fraud/network in dev {CLEO}",
        "view",
        lambda world: world.workspace.secrets.put_acl(SCOPE, CLEO, workspace.AclPermission.READ),
    ),
)
# What reaches nothing of the contract, and is no finding.
HARMLESS: tuple[Callable[[HandWorld], Any], ...] = (
    by.free_tag,
    lambda world: by.job(world, "private", {"notebook_task": {"notebook_path": "/x"}}),
    lambda world: world.do("POST", "/api/2.0/vector-search/endpoints", {"name": "idle", "endpoint_type": "STANDARD"}),
    lambda world: world.do("POST", "/api/2.0/genie/spaces", {"title": "own", "serialized_space": "{}"}),
    lambda world: world.workspace.shares.create(name="empty"),
    by.own_notebook,
    lambda world: world.emulator.as_person("nonprod").tokens.create(comment="short", lifetime_seconds=86_400),
)
