"""A pipeline for GitLab CI: https://docs.gitlab.com/ci/yaml/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rolecall import settings
from rolecall.starting.pipelines.sign_in import AUDIENCE
from rolecall.systems.starter import PipelineSignIn

FILE = ".gitlab-ci.yml"
_FEDERATED = (
    "# and so does a federated credential of the application AZURE_CLIENT_ID in Entra ID, with the address of this GitLab",
    "# as its issuer; no secret is stored.",
)
# The file is in the job's own container.
_TOKEN_FILE = (
    "    AZURE_FEDERATED_TOKEN_FILE: /tmp/entra-id-token",
    "  before_script:",
    "    - pip install rolecall==@VERSION@",
    '    - (umask 077; printf %s "$ENTRA_ID_TOKEN" > "$AZURE_FEDERATED_TOKEN_FILE")',
)


def pipeline(addresses: Sequence[str], signed: PipelineSignIn) -> Mapping[str, str]:
    """Return the pipeline by path.

    Args:
        addresses: variables that the contract reads.
        signed: what jobs sign in with that reach systems.
    """
    others = [name for name in signed.variables if name not in addresses]
    lines = [
        "# Merge requests are checked without credentials, so code in them cannot read any. Define these variables in",
        "# the project's settings; they are addresses and ids:",
        *(f"#   {name}" for name in addresses),
        "# For deployments also, protected and masked where they are secrets, each in the scope of its environment:",
        *(f"#   {name}" for name in (*others, *signed.secrets, settings.SIGNING_KEY.name)),
        "stages: [check, deploy, live]",
        "default:",
        "  image: python:3.12",
        "  before_script: [pip install rolecall==@VERSION@]",
        "",
        "check:",
        "  stage: check",
        "  rules: [{if: $CI_PIPELINE_SOURCE == 'merge_request_event'}]",
        '  variables: {GIT_DEPTH: "0"}',
        "  script:",
        "    # Who gains and who loses access; 4 means that access changes. It is a comment, too, where GITLAB_TOKEN is a",
        "    # project access token with the scope api. Users who push branches can read it: give it the role Reporter.",
        "    # With ROLECALL_TRUSTED_KEYS the latest snapshot of the default branch is taken in.",
        "    - |",
        '      if [ -n "$ROLECALL_TRUSTED_KEYS" ]; then',
        '        curl --fail --silent --show-error --location --header "JOB-TOKEN: $CI_JOB_TOKEN" --output snapshot.json \\',
        '          "$CI_API_V4_URL/projects/$CI_PROJECT_ID/jobs/artifacts/$CI_DEFAULT_BRANCH/raw/snapshot.json?job=live"',
        "        SNAPSHOT='--snapshot snapshot.json'",
        "      fi",
        '    - rolecall review "$CI_MERGE_REQUEST_DIFF_BASE_SHA" $SNAPSHOT ${GITLAB_TOKEN:+--post} > review.md || [ $? -eq 4 ]',
        "    - rolecall check",
        "    - python -m unittest discover tests",
        "  artifacts: {paths: [review.md], when: always}",
        "",
        "# The federation policies of the deployer name the subject of the default branch,",
        "#   project_path:GROUP/PROJECT:ref_type:branch:ref:main",
        *(_FEDERATED if signed.federated else ()),
        ".signed:",
        "  id_tokens:",
        "    DATABRICKS_OIDC_TOKEN: {aud: $DATABRICKS_ACCOUNT_ID}",
        *([f"    ENTRA_ID_TOKEN: {{aud: '{AUDIENCE}'}}"] if signed.federated else []),
        "  variables:",
        "    DATABRICKS_AUTH_TYPE: env-oidc",
        *(f"    {name}: {value}" for name, value in (signed.fixed or {}).items()),
        *(_TOKEN_FILE if signed.federated else ()),
        "  resource_group: deploy",
        "",
    ]
    for name, needs, stacks in (("dev", "[]", "account dev"), ("prod", "['deploy:dev']", "prod")):
        lines += [
            f"deploy:{name}:",
            "  extends: .signed",
            "  stage: deploy",
            f"  needs: {needs}",
            f"  environment: {{name: {name}}}",
            "  rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH && $CI_PIPELINE_SOURCE != 'schedule'}]",
            f"  script: [rolecall up {stacks} --yes]",
            "",
        ]
    lines += [
        "# A pipeline schedule on the default branch (every six hours), and each deployment: a signed snapshot of live",
        "# access for reviews, and drift as an issue and a chat message.",
        "live:",
        "  extends: .signed",
        "  stage: live",
        "  environment: {name: live, action: verify}",
        "  rules: [{if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH}]",
        "  script:",
        "    - rolecall snapshot snapshot.json",
        "    - code=0; rolecall parity --format markdown > drift.md || code=$?",
        "    - |",
        '      if [ "$code" -ne 0 ]; then',
        '        if [ -n "$GITLAB_TOKEN" ]; then',
        "          # One open issue, updated in place.",
        '          issues="$CI_API_V4_URL/projects/$CI_PROJECT_ID/issues"',
        '          open=$(curl --fail --silent --show-error --header "PRIVATE-TOKEN: $GITLAB_TOKEN" \\',
        '            "$issues?labels=drift&state=opened&per_page=1" | python -c \\',
        "            'import json, sys; print(*(one[\"iid\"] for one in json.load(sys.stdin)))')",
        '          if [ -n "$open" ]; then set -- PUT "$issues/$open"; else set -- POST "$issues"; fi',
        '          curl --fail --silent --show-error --header "PRIVATE-TOKEN: $GITLAB_TOKEN" --output issue.json \\',
        "            --data-urlencode title='Live access differs from the contract' --data-urlencode labels=drift \\",
        '            --data-urlencode description@drift.md --request "$1" "$2"',
        "        fi",
        '        python .ci/notify.py "Live access differs from the contract: $CI_JOB_URL"',
        "      fi",
        '    - exit "$code"',
        "  artifacts: {paths: [snapshot.json], when: always, expire_in: 3 days, access: developer}",
    ]
    return {FILE: "\n".join([*lines, ""])}
