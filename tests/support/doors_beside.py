"""Back doors outside the contract's catalogs, scopes, databases and groups, each opened and reported."""

from __future__ import annotations

from typing import Any

from databricks.sdk.service import catalog, iam, workspace

from tests.support import opening as by
from tests.support.hand_world import METASTORE, VAULT, HandWorld, table
from tests.support.more_back_doors import Door
from tests.support.opening import ALL_CARDS, CARDS, CLEO, SCOPE, SCORES, UNITY

OTHER_VAULT = VAULT.replace("/fraud", "/shop")
CONNECTION = "dev-fraud-claims"


def scope_over(name: str, vault: str, reader: str = "") -> Any:
    """Return the requests that create a secret scope over a key vault and grant a person READ."""

    def made(world: HandWorld) -> None:
        azure = workspace.AzureKeyVaultSecretScopeMetadata(resource_id=vault, dns_name="https://fraud.vault.azure.net")
        backend = workspace.ScopeBackendType.AZURE_KEYVAULT
        world.workspace.secrets.create_scope(name, backend_azure_keyvault=azure, scope_backend_type=backend)
        if reader:
            world.workspace.secrets.put_acl(name, reader, workspace.AclPermission.READ)

    return made


def scope_of_others(world: HandWorld) -> None:
    world.workspace.secrets.create_scope("elsewhere")
    world.workspace.secrets.put_acl("elsewhere", world.application, workspace.AclPermission.WRITE)


def scope_of_a_group(world: HandWorld) -> None:
    world.workspace.secrets.create_scope("of-engineers")
    world.workspace.secrets.put_acl("of-engineers", "engineers", workspace.AclPermission.MANAGE)


def near_files(world: HandWorld) -> None:
    world.workspace.catalogs.create("yard")
    world.workspace.schemas.create("sale", "yard")
    table(world, "yard.sale", "landed", storage_location="s3a://fraud/landing/cards/2026")


def near_volume(world: HandWorld) -> None:
    kind = catalog.VolumeType.EXTERNAL
    world.workspace.volumes.create("yard", "sale", "raw", kind, storage_location="s3://fraud/landing")


def beside_files(world: HandWorld) -> None:
    world.workspace.catalogs.create("garden")
    world.workspace.schemas.create("bed", "garden")
    table(world, "garden.bed", "own", storage_location="s3://fraud/landing-zone/own")


def foreign(name: str, connection: str) -> Any:
    """Return the requests that create a foreign catalog of a connection and grant analysts access."""

    def made(world: HandWorld) -> None:
        world.workspace.catalogs.create(name, connection_name=connection, options={"database": "claims"})
        world.grant("catalog", name, "analysts", "USE_CATALOG", "SELECT")

    return made


def other_foreign(world: HandWorld) -> None:
    world.workspace.connections.create("warehouse", catalog.ConnectionType.POSTGRESQL, {"host": "db", "port": "5432"})
    foreign("stock", "warehouse")(world)


def role(name: str, **fields: Any) -> Any:
    """Return the requests that create a Postgres role in the contract's database instance."""
    return lambda world: world.do(
        "POST", "/api/2.0/database/instances/dev-fraud-ledger/roles", {"name": name, "identity_type": "USER", **fields}
    )


def copied(world: HandWorld) -> None:
    by.synced_table(world, "yard.sale.cards", "dev-fraud-ledger")


def in_default_schema(world: HandWorld) -> None:
    by.statement("acme.default.peek" + ALL_CARDS)(world)


def short_view(world: HandWorld) -> None:
    """Create a view whose definition omits the catalog."""
    identity = next(str(one.id) for one in world.workspace.warehouses.list())
    text = "CREATE VIEW yard.sale.short AS SELECT * FROM fraud_cards.transactions"
    world.workspace.statement_execution.execute_statement(text, identity, catalog="acme")


def elsewhere(world: HandWorld) -> None:
    level = iam.WorkspacePermission.ADMIN
    world.account.workspace_assignment.update(world.other_workspace, int(str(world.trainer.id)), permissions=[level])


def serving(world: HandWorld) -> None:
    model = {
        "name": "gpt",
        "provider": "openai",
        "task": "llm/v1/chat",
        "openai_config": {"openai_api_key": f"{{{{secrets/{SCOPE}/key}}}}"},
    }
    entity = {"name": "gpt", "external_model": model}
    world.do("POST", "/api/2.0/serving-endpoints", {"name": "leak", "config": {"served_entities": [entity]}})


def profile(world: HandWorld) -> None:
    identity = world.id_of("analysts")
    body = by.changes("roles", "arn:aws:iam::123456789012:instance-profile/lake")
    world.do("PATCH", f"/api/2.0/preview/scim/v2/Groups/{identity}", body)


def model(world: HandWorld) -> None:
    body = {"catalog_name": "acme", "schema_name": "fraud_scores", "name": "scorer"}
    world.do("POST", f"{UNITY}/models", body)
    world.grant("function", f"{SCORES}.scorer", "account users", "EXECUTE")


def emergency(world: HandWorld) -> None:
    by.join(world, "emergency", str(world.account.groups.create(display_name="juniors").id))


def on_behalf(world: HandWorld) -> None:
    body = {"application_id": world.application, "comment": "obo", "lifetime_seconds": 3600}
    world.do("POST", "/api/2.0/token-management/on-behalf-of/tokens", body)


def warehouse(world: HandWorld) -> None:
    identity = next(str(one.id) for one in world.workspace.warehouses.list())
    world.allow(f"warehouses/{identity}", "CAN_MONITOR", user_name=CLEO)


def unrelated(world: HandWorld) -> None:
    outer = world.account.groups.create(display_name="book club")
    inner = world.account.groups.create(display_name="poetry")
    assert outer.id
    by.join(world, "book club", str(inner.id))
    by.join(world, "poetry", world.id_of(CLEO))


def deployers_secret(world: HandWorld) -> None:
    mine = world.account.config.client_id
    identity = next(one.id for one in world.account.service_principals.list() if one.application_id == mine)
    world.account.service_principal_secrets.create(str(identity))


BESIDE = (
    Door("2 OAuth secrets of the deployer", "sign in as the deployer, which needs one", deployers_secret),
    Door("view acme.default.peek", f"may read of {CARDS}", in_default_schema),
    Door(
        "secret scope twin in workspace nonprod",
        "reads the key vault of secret scope fraud/vault in dev",
        scope_over("twin", VAULT.upper(), CLEO),
    ),
    Door("secret scope elsewhere", "gives service principal fraud/trainer in dev WRITE", scope_of_others),
    Door("table yard.sale.landed", "shows files of external location fraud/landing in dev", near_files),
    Door("volume yard.sale.raw", "shows files of external location fraud/landing in dev", near_volume),
    Door(
        "catalog mirror",
        "reads with the sign-in of connection fraud/claims in dev; used by group analysts",
        foreign("mirror", CONNECTION),
    ),
    Door(
        f"Postgres role person {CLEO} of database instance fraud/ledger",
        "with superuser",
        role(CLEO, membership_role="DATABRICKS_SUPERUSER"),
    ),
    Door(
        "Postgres role group analysts of",
        "signs in to its databases beside the contract",
        role("analysts", identity_type="GROUP"),
    ),
    Door("synced table yard.sale.cards", f"copies {CARDS} for everybody who may use", copied),
    Door("view yard.sale.short", f"may read of {CARDS}", short_view),
    Door(
        "view yard.sale.remarked",
        f"may read of {CARDS}",
        by.statement("yard.sale.remarked AS SELECT * FROM acme/* of */.fraud_cards/**/.transactions"),
    ),
    Door(
        f"MANAGE_ALLOWLIST, SET_SHARE_PERMISSION on metastore central: person {CLEO}",
        "allows init scripts and libraries on shared clusters",
        by.grants("metastore", METASTORE, CLEO, "MANAGE_ALLOWLIST"),
    ),
    Door(
        "catalog yard",
        "gives service principal fraud/trainer in dev USE_CATALOG",
        lambda world: world.grant("catalog", "yard", world.application, "USE_CATALOG"),
    ),
    Door(
        "schema yard.sale",
        "gives service principal fraud/trainer in dev SELECT",
        lambda world: world.grant("schema", "yard.sale", world.application, "SELECT"),
    ),
    Door(
        "view yard.sale.key",
        f"reads secrets of {SCOPE} as its owner the deployer",
        by.statement(f"yard.sale.key AS SELECT secret('{SCOPE}', 'key')"),
    ),
    Door("service principal fraud/trainer in dev in workspace prod", "is ADMIN of a workspace that no", elsewhere),
    Door("serving endpoint 'leak'", f"reads secrets of {SCOPE}", serving),
    Door("entitlements of group analysts", "instance-profile/lake", profile),
    Door(f"EXECUTE on model {SCORES}.scorer", "gives account users EXECUTE", model),
    Door("juniors in group emergency", "holds everything that group emergency holds", emergency),
    Door("'obo' in workspace nonprod", "acts as service principal fraud/trainer in dev", on_behalf),
    Door(f"warehouse fraud/reports in dev {CLEO}", "CAN_MONITOR", warehouse),
    Door(
        f"servicePrincipal.manager of the account: person {CLEO}",
        "creates secrets and tokens of every service principal",
        lambda world: world.rules("", {"roles/servicePrincipal.manager": [f"users/{CLEO}"]}, added=True),
    ),
    Door(
        f"app fraud/viewer in dev {CLEO}",
        "run",
        lambda world: world.allow("apps/dev-fraud-viewer", "CAN_USE", user_name=CLEO),
    ),
    Door(
        "function fraud/mask in dev analysts",
        "holds MANAGE",
        by.grants("function", f"{CARDS}.mask", "analysts", "MANAGE"),
    ),
)
BESIDE_HARMLESS = (
    by.grants("metastore", METASTORE, by.BEN, "CREATE_CATALOG"),
    lambda world: world.workspace.catalogs.create("attic"),
    lambda world: world.workspace.schemas.create("fraud_cards", "attic"),
    lambda world: by.statement("attic.default.own AS SELECT * FROM fraud_cards.transactions")(world),
    scope_over("shop", OTHER_VAULT),
    scope_of_a_group,
    beside_files,
    other_foreign,
    role("engineers", identity_type="GROUP"),
    unrelated,
    lambda world: world.workspace.schemas.create("notes", "garden"),
    by.grants("schema", "garden.notes", "analysts", "SELECT"),
    lambda world: by.statement("garden.notes.own AS SELECT 1")(world),
    lambda world: world.do("POST", "/api/2.0/clean-rooms", {"name": "empty room"}),
    lambda world: world.do("POST", f"{UNITY}/recipients", {"name": "waiting", "authentication_type": "TOKEN"}),
)
