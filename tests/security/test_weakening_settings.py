"""Options, SQL and Spark settings by which a declared object weakens its own protection, in each spelling."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.policies import types
from tests.security.programs import refused_by, resource

ENCRYPTED, PASSWORD, ACCESS, SPARK, LIBRARIES = (
    "connection-is-encrypted",
    "connection-without-password",
    "queries-change-no-access",
    "spark-keeps-access-control",
    "production-libraries-are-protected",
)
RULES = {ENCRYPTED, PASSWORD, ACCESS, SPARK, LIBRARIES}


def connection(**options: object) -> tuple[str, dict[str, Any]]:
    return types.CONNECTION, {"name": "c", "connectionType": "SQLSERVER", "options": {"host": "h", **options}}


def query(text: str) -> tuple[str, dict[str, Any]]:
    return types.QUERY, {"displayName": "q", "runAsMode": "VIEWER", "queryText": text}


def spark(key: str, value: str) -> tuple[str, dict[str, Any]]:
    return types.CLUSTER, {"sparkConf": {key: value}}


def library(**one: str) -> tuple[str, dict[str, Any]]:
    return types.JOB, {"name": "j", "tasks": [{"taskKey": "a", "libraries": [one]}]}


ATTACKS: list[tuple[tuple[str, dict[str, Any]], str]] = [
    *(
        (connection(**{name: value}), ENCRYPTED)
        for name, value in (
            ("trustServerCertificate", "true"),
            ("trust_server_certificate", "TRUE"),
            ("ssl", "false"),
            ("useSSL", "no"),
            ("encrypt", "0"),
            ("sslmode", "disable"),
            ("sslMode", "PREFERRED"),
            ("verifyServerCertificate", "false"),
            ("ssl_verify", "off"),
            ("url", "jdbc:sqlserver://h.example;encrypt=true;trustServerCertificate=true"),
            ("url", "jdbc:postgresql://h.example/db?sslmode=allow"),
            ("jdbcUrl", "jdbc:mysql://h.example/db?a=b&useSSL=false"),
            ("encrypt", "optional"),
            ("ssl", False),
            ("trustServerCertificate", True),
            ("url", "jdbc:sqlserver://h.example;encrypt={false}"),
            ("url", "jdbc:postgresql://h.example/db?sslmode%3Ddisable"),
            ("url", "jdbc:mysql://address=(host=h.example)(sslMode=DISABLED)/db"),
            ("url", "jdbc:postgresql://h.example/db?ssl=true&sslfactory=org.postgresql.ssl.NonValidatingFactory"),
            ("sslfactory", "org.postgresql.ssl.NonValidatingFactory"),
        )
    ),
    (connection(GoogleServiceAccountKeyJson="x"), PASSWORD),
    (connection(googleserviceaccountkeyjson="x"), PASSWORD),
    (connection(credentials='{"type": "service_account", "project_id": "p"}'), PASSWORD),
    (connection(key_file='{"private_key_id": "1"}'), PASSWORD),
    *(
        (query(text), ACCESS)
        for text in (
            "GRANT SELECT ON TABLE a.b.c TO `eve@example.com`",
            "grant all privileges\n on schema a.b to eve",
            "SELECT 1; REVOKE SELECT, MODIFY ON TABLE a.b.c FROM engineers",
            "GRANT/* x */SELECT ON TABLE a TO eve",
            "SELECT '--'; GRANT USE SCHEMA ON SCHEMA a.b TO eve",
            "ALTER TABLE a.b.c OWNER TO eve",
            "ALTER SCHEMA `a`.`b` SET OWNER TO `eve`",
            "DENY SELECT ON TABLE a TO engineers",
            "EXECUTE IMMEDIATE 'GRANT SELECT ON TABLE a TO eve'",
            "EXECUTE IMMEDIATE 'GRA' || 'NT SELECT ON TABLE a TO eve'",
            "EXECUTE IMMEDIATE 'GRA' 'NT SELECT ON TABLE a TO eve'",
            r"EXECUTE/**/IMMEDIATE '\u0047RANT SELECT ON TABLE a TO eve'",
            r"execute immediate '\107RANT SELECT ON TABLE a TO eve'",
            "DECLARE q STRING = reverse('eve OT a ELBAT NO TCELES TNARG'); EXECUTE IMMEDIATE q",
            "CREATE RECIPIENT eve USING ID 'x'",
            "ALTER TABLE a.b.c DROP ROW FILTER",
            "ALTER TABLE a.b.c ALTER COLUMN ssn DROP MASK",
            # Statements hidden from parsers that read literals, comments and names differently from Spark.
            "SELECT `it's`; GRANT SELECT ON TABLE a TO `bob's`",
            "SELECT 1 AS `a--b`; GRANT SELECT ON TABLE a TO eve",
            "SELECT 1 AS `a/*b`; GRANT SELECT ON TABLE a TO `*/`",
            "SELECT 1 -- x\rGRANT SELECT ON TABLE a TO eve",
            "SELECT r'\\'; GRANT SELECT ON TABLE a TO eve --'",
            "/* /* */ ' */ GRANT SELECT ON TABLE a TO eve -- '",
            "/* GRANT SELECT ON TABLE a TO eve",
            "GRANT SELECT ON`a`.`b`TO`eve`",
            f"GRANT SELECT,{' ' * 300}MODIFY ON TABLE a TO eve",
            "BEGIN IF x THEN GRANT USE SCHEMA ON SCHEMA a TO eve; END IF; END",
            "ALTER TABLE `a b!`.c OWNER TO`eve`",
            "ALTER TABLE IDENTIFIER('a.b') OWNER TO eve",
            "ALTER STREAMING TABLE a.b.c DROP ROW FILTER",
            "ALTER TABLE a.b.c SET ROW FILTER everybody ON (region)",
            "SYNC SCHEMA a.b FROM hive_metastore.b SET OWNER eve",
            "DROP POLICY hide_ssn ON CATALOG a",
        )
    ),
    ((types.ALERT_V2, {"displayName": "a", "queryText": "GRANT SELECT ON TABLE a TO eve"}), ACCESS),
    (
        (types.DASHBOARD, {"serializedDashboard": '{"datasets": [{"queryLines": ["GRANT SELECT ON TABLE a TO b"]}]}'}),
        ACCESS,
    ),
    *(
        ((types.DASHBOARD, {"serializedDashboard": document}), ACCESS)
        for document in (
            '\n {"datasets": [{"queryLines": ["GRANT SELECT ON TABLE a TO b"]}]}',
            '{"datasets": [{"queryLines": ["GRANT SELECT\\n", "ON TABLE a TO b"]}]}',
            '{"datasets": [{"queryLines": ["SELECT 1; -- x", "GRANT SELECT ON TABLE a TO b"]}]}',
        )
    ),
    *(
        (spark(key, value), SPARK)
        for key, value in (
            ("spark.databricks.acl.dfAclsEnabled", "false"),
            ("spark.databricks.acl.sqlOnly", "False"),
            ("spark.databricks.ACL.dfAclsEnabled", "false"),
            ("spark.databricks.passthrough.enabled", "true"),
            ("spark.databricks.passthrough.adls.gen2.tokenProviderClassName", "x"),
            ("spark.databricks.pyspark.enableProcessIsolation", "false"),
            ("spark.databricks.pyspark.enablePy4JSecurity", "false"),
            ("spark.databricks.unityCatalog.enabled", "false"),
            ("spark.acls.enable", "false"),
            ("spark.admin.acls", "ada,*"),
            ("spark.authenticate", "false"),
            ("spark.ssl.ui.enabled", "false"),
            ("spark.databricks.unsafeMode.enabled", "true"),
            ("spark.hadoop.fs.s3a.connection.ssl.enabled", "false"),
            ("spark.hadoop.fs.azure.always.use.https", "false"),
        )
    ),
    ((types.PIPELINE, {"configuration": {"spark.databricks.acl.dfAclsEnabled": "false"}}), SPARK),
    (
        (
            types.CLUSTER_POLICY,
            {"definition": '{"spark_conf.spark.databricks.acl.dfAclsEnabled": {"type": "fixed", "value": "false"}}'},
        ),
        SPARK,
    ),
    *(
        (
            (types.CLUSTER_POLICY, {"definition": f'{{"spark_conf.spark.databricks.acl.dfAclsEnabled": {element}}}'}),
            SPARK,
        )
        for element in (
            '{"type": "allowlist", "values": ["true", "false"]}',
            '{"type": "unlimited", "value": "true", "defaultValue": "false"}',
        )
    ),
    *(
        (library(**{kind: path}), LIBRARIES)
        for kind, path in (
            ("whl", "/Workspace/Shared/a.whl"),
            ("whl", "/Shared/a.whl"),
            ("jar", "dbfs:/FileStore/jars/a.jar"),
            ("jar", "/dbfs/FileStore/a.jar"),
            ("requirements", "/Workspace/Shared/requirements.txt"),
            ("whl", "/Workspace//Shared/./a.whl"),
            ("whl", "/Workspace/churn/../Shared/a.whl"),
        )
    ),
    (
        (types.JOB, {"environments": [{"spec": {"dependencies": ["-r /Workspace/Shared/requirements.txt"]}}]}),
        LIBRARIES,
    ),
    *(
        (spark(key, value), LIBRARIES)
        for key, value in (
            ("spark.jars", "dbfs:/FileStore/a.jar"),
            ("spark.jars", "/Volumes/a/b/c/a.jar,/Workspace/Shared/b.jar"),
            ("spark.jars", "dbfs:/libraries/a.jar"),
            ("spark.submit.pyFiles", "/Volumes/a/b/c/a.py,dbfs:/libraries/a.py"),
            ("spark.executor.extraClassPath", "/dbfs/libraries/a.jar"),
        )
    ),
]


@pytest.mark.parametrize(("declared", "rule"), ATTACKS)
def test_it_is_refused(declared: tuple[str, dict[str, Any]], rule: str) -> None:
    assert rule in refused_by(resource(*declared))


@pytest.mark.parametrize(
    "declared",
    [
        connection(sslmode="verify-full", encrypt="true", trustServerCertificate="false", ssl="true", port="5432"),
        connection(url="jdbc:sqlserver://h.example;encrypt=true;trustServerCertificate=false"),
        connection(sslRootCert="/Volumes/a/b/c/ca.pem", http_path="/sql/1.0/warehouses/1"),
        query("SELECT grant, revoke FROM budgets WHERE owner = 'x' -- GRANT SELECT ON a TO b"),
        query("SELECT * FROM system.access.audit WHERE statement_text LIKE '%GRANT SELECT ON TABLE %'"),
        query("SELECT count(*) AS denied FROM requests WHERE action = 'deny on sight' GROUP BY grant_id"),
        query("ALTER TABLE a.b.c ADD COLUMN owner STRING COMMENT 'owner to be'"),
        query("SELECT g.amount FROM grant g JOIN dept ON g.dept = dept.id"),
        query("SELECT * FROM budgets b JOIN grant grt ON b.id = grt.budget"),
        query("SELECT CASE WHEN ok THEN grant ELSE deny END AS answer FROM a JOIN b ON a.id = b.id"),
        query("ALTER TABLE a.b.c RENAME COLUMN owner TO holder"),
        query("UPDATE a.b.c SET owner = 'x'"),
        (
            types.DASHBOARD,
            {"serializedDashboard": '{"pages": [{"displayName": "Grant access on request"}], "datasets": []}'},
        ),
        (types.ALERT_V2, {"displayName": "GRANT SELECT ON a TO b", "queryText": "SELECT 1"}),
        spark("spark.databricks.acl.dfAclsEnabled", "true"),
        spark("spark.databricks.passthrough.enabled", "false"),
        spark("spark.databricks.delta.optimizeWrite.enabled", "true"),
        spark("spark.sql.adaptive.enabled", "false"),
        spark("spark.memory.offHeap.enabled", "false"),
        spark("spark.io.unsafe.buffer", "true"),
        spark("spark.kryo.unsafe", "true"),
        spark("spark.unsafe.sorter.spill.read.ahead.enabled", "true"),
        spark("spark.admin.acls", "ada"),
        (
            types.CLUSTER_POLICY,
            {
                "definition": '{"spark_conf.spark.databricks.acl.dfAclsEnabled": '
                '{"type": "blocklist", "values": ["false"]}}'
            },
        ),
        spark("spark.jars", "dbfs:/Volumes/a/b/c/a.jar,/Volumes/a/b/c/b.jar"),
        library(whl="/Volumes/acme/platform/wheels/a.whl"),
        library(whl="/Workspace/churn/Shared/a.whl"),
        library(jar="/Workspace/churn/shared-libs/a.jar"),
    ],
)
def test_what_weakens_nothing_is_fine(declared: tuple[str, dict[str, Any]]) -> None:
    assert not refused_by(resource(*declared)) & RULES


def test_libraries_outside_production_are_left_to_their_team() -> None:
    declared = resource(*library(whl="/Workspace/Shared/a.whl"), stack="dev.churn")
    assert LIBRARIES not in refused_by(declared)


@pytest.mark.parametrize("text", ["'\\" * 20_000, "/*" * 20_000, "`" * 20_001, "ALTER TABLE a " * 1_000])
def test_a_long_text_is_judged(text: str) -> None:
    """A pattern that tries all ways to read it would run into the limit of every test."""
    assert ACCESS not in refused_by(resource(*query(text)))
