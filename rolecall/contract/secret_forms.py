"""Forms of secrets: tokens, keys and addresses as their vendors document them."""

from __future__ import annotations

import re
from functools import cache

from rolecall.deferred import deferred

# Tokens and keys by the forms that their vendors document. None asks what stands before or behind: a letter there hides
# nothing when it is removed. What the detect-secrets library knows is added to them.
_OWN_FORMS = (
    # https://docs.databricks.com/en/dev-tools/auth/pat.html; Databricks' entries in GitHub's secret scanning.
    ("a Databricks token", r"(?i:(?:dapi|dkea|doseed|dsapi|ddct|dptk)[0-9a-f]{32})"),
    ("a Databricks OAuth secret", r"(?i:dose[0-9a-f]{32})"),
    # https://learn.microsoft.com/purview/sit-defn-azure-ad-client-secret
    ("an Entra client secret", r"[A-Za-z0-9_~.-]{3}[78]Q~[A-Za-z0-9_~.-]{31}"),
    ("an Azure key", r"(?:AccountKey|SharedAccessKey)=[A-Za-z0-9+/=]{40}|[?&]sig=[A-Za-z0-9%+/]{40}"),
    # https://developer.harness.io/docs/platform/automation/api/add-and-manage-api-keys
    ("a Harness token", r"(?:pat|sat)\.[A-Za-z0-9_-]{22}\.[0-9a-f]{24}\.[A-Za-z0-9]{20}"),
    # https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/api-keys
    ("a Prefect API key", r"pn[ub]_[A-Za-z0-9]{36}"),
    # https://github.blog/engineering/behind-githubs-new-authentication-token-formats
    ("a GitHub token", r"gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{22}"),
    # https://docs.gitlab.com/security/tokens/#token-prefixes
    ("a GitLab token", r"gl(?:pat|dt|rt|rtr|ptt|oas|imt|soat|ft|agent|ffct)-[A-Za-z0-9_-]{20}"),
    # https://docs.slack.dev/authentication/tokens
    ("a Slack token", r"xox[a-z](?:-|\.xox[a-z]-)[A-Za-z0-9-]{10}|xapp-[0-9]-[A-Za-z0-9-]{10}"),
    ("a Stripe key", r"(?:sk|rk)_(?:live|test)_[0-9A-Za-z]{16}|whsec_[A-Za-z0-9+/]{24}"),
    (
        "a key of a model's vendor",
        r"sk-(?:proj|ant|svcacct|admin|or-v1)-[A-Za-z0-9_-]{20}|(?<![A-Za-z])sk-[A-Za-z0-9]{32}",
    ),
    ("a Hugging Face token", r"hf_[A-Za-z0-9]{34}|api_org_[A-Za-z0-9]{34}"),
    ("a Google key", r"AIza[0-9A-Za-z_-]{35}|GOCSPX-[A-Za-z0-9_-]{28}|ya29\.[A-Za-z0-9_-]{20}"),
    ("an npm token", r"npm_[A-Za-z0-9]{36}"),
    ("a PyPI token", r"pypi-[A-Za-z0-9_-]{50}"),
    ("a Vault token", r"hv[sbr]\.[A-Za-z0-9_-]{20}"),
    ("a Terraform token", r"\.atlasv1\.[A-Za-z0-9_-]{60}"),
    ("a Pulumi token", r"pul-[0-9a-f]{40}"),
    ("a Docker token", r"dckr_(?:pat|oat)_[A-Za-z0-9_-]{20}"),
    ("a DigitalOcean token", r"do[opr]_v1_[0-9a-f]{64}"),
    ("a SendGrid key", r"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}"),
    ("a Shopify token", r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"),
    ("a Grafana token", r"gl(?:sa|c)_[A-Za-z0-9+/=]{32}"),
    ("an Atlassian token", r"AT(?:ATT|CTT|BB)3x?[A-Za-z0-9_=-]{24}"),
    ("a New Relic key", r"NRAK-[A-Z0-9]{27}"),
    ("a Linear key", r"lin_(?:api|oauth)_[A-Za-z0-9]{32}"),
    ("a Square token", r"sq0[a-z]{3}-[0-9A-Za-z_-]{22}|EAAA[a-zA-Z0-9]{60}"),
    ("an age key", r"AGE-SECRET-KEY-1[0-9A-Z]{58}"),
    ("a bearer token", r"(?i:bearer|SSWS|basic)\s+(?=[A-Za-z._~+/=-]*[0-9])[A-Za-z0-9._~+/=-]{16}"),
    ("a private key", r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY"),
    # The address alone permits writing.
    (
        "the address of a webhook",
        (
            r"hooks\.slack\.com/(?:services|workflows|triggers)/[A-Za-z0-9/_-]{20}"
            r"|discord(?:app)?\.com/api/webhooks/\d+/|outlook\.office\.com/webhook/|\.webhook\.office\.com/webhookb?2?/"
            r"|\.logic\.azure\.com[:/].*[?&]sig=|chat\.googleapis\.com/v1/spaces/[^?\s]+\?.*key="
        ),
    ),
    (
        "a key of a model's vendor",
        r"sk-lf-[0-9a-f-]{36}|lsv2_(?:pt|sk)_[0-9a-f]{32}|ls__[0-9a-f]{32}|pplx-[A-Za-z0-9]{40}",
    ),
    (
        "a key of a model's vendor",
        r"(?:gsk_|pcsk_|xai-|nvapi-|tgp_v1_|r8_)[A-Za-z0-9_-]{36}|fw_(?=[A-Za-z]*[0-9])(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{24}",
    ),
    ("a token of dbt", r"dbt[cu]_[A-Za-z0-9_-]{36}"),
    ("a Mailgun key", r"(?<![A-Za-z0-9-])key-[0-9a-f]{32}(?![0-9a-f])"),
    ("a Telegram token", r"[0-9]{8,10}:AA[A-Za-z0-9_-]{32}"),
    ("a Cloudflare key", r"v1\.0-[0-9a-f]{24}-[0-9a-f]{40}"),
    ("a Heroku key", r"HRKU-(?:[0-9a-f-]{36}|AA[A-Za-z0-9_-]{40})"),
    ("a Sentry token", r"sntry[su]_[A-Za-z0-9+/=_-]{40}"),
    ("a New Relic key", r"[0-9a-f]{36}NRAL|NRII-[A-Za-z0-9_-]{30}"),
    ("an Airtable token", r"pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"),
    ("an Asana token", r"[0-9]/[0-9]{16}:[0-9a-f]{32}"),
    ("a Postman key", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}"),
    (
        "a token of a package registry",
        r"rubygems_[0-9a-f]{48}|CLOJARS_[0-9a-f]{60}|(?<![a-z0-9])oy2[a-z0-9]{43}(?![a-z0-9])",
    ),
    ("a token of a package registry", r"(?<![A-Za-z])cio(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{32}(?![A-Za-z0-9])"),
    ("a Sonar token", r"sq[apu]_[0-9a-f]{40}"),
    ("a token of a build service", r"CCIPAT_[A-Za-z0-9]{22}_[0-9a-f]{40}|bkua_[0-9a-f]{40}"),
    ("a Supabase token", r"sbp_[0-9a-f]{40}"),
    ("a Tailscale key", r"tskey-[a-z]+-[A-Za-z0-9]{10,}-[A-Za-z0-9]{20}"),
    ("a Lob key", r"(?:live|test)_[0-9a-f]{35}(?![0-9a-f])"),
    ("a Brevo key", r"xkeysib-[0-9a-f]{64}"),
    ("a Flutterwave key", r"FLWSECK(?:_TEST)?-[0-9a-f]{32}"),
    ("a Doppler token", r"dp\.(?:pt|st|ct|sa|scim|audit)\.[A-Za-z0-9._-]{40}"),
    ("a 1Password token", r"ops_eyJ[A-Za-z0-9+/=_-]{40}"),
    ("a PagerDuty key", r"(?<![A-Za-z0-9])u\+[A-Za-z0-9_-]{18}(?![A-Za-z0-9_-])"),
    ("an Alibaba Cloud key", r"LTAI(?=[A-Za-z]*[0-9])[A-Za-z0-9]{16}"),
    ("a Vault token", r"(?<![\w.])s\.(?=[A-Za-z]*[0-9])(?=[a-z0-9]*[A-Z])[A-Za-z0-9]{24}(?!\w)"),
    ("a private key", r"PuTTY-User-Key-File-[0-9]|\"kty\"[^}]*\"d\"\s*:|\"d\"\s*:\s*\"[^}]*\"kty\""),
    ("a one-time password's seed", r"otpauth://[^\s]*[?&]secret="),
    ("a signed address", r"X-(?:Goog|Amz)-Signature=[0-9a-f]{32}"),
    # The same without a scheme, as drivers and command lines have it. With a port or path behind it no e-mail address
    # looks so; without, the password has a digit, and the name before it labels no address.
    (
        "a password in an address",
        (
            r"(?<![\w/:.@+-])(?!(?:mailto|sips?|xmpp|npm|pip|oci|docker|git):)[A-Za-z][\w.+-]{0,31}:"
            r"(?!\d+(?:\.\d+)+@)[^\s/@:${}<>\"'(),]{4,}@"
            r"(?!sha(?:256|512):)(?:[A-Za-z][\w-]*(?:\.[\w-]+)*|\d{1,3}(?:\.\d{1,3}){3})(?::\d{2,5}(?![\w.])|/\w)"
        ),
    ),
    (
        "a password in an address",
        (
            r"(?<![\w/:.@+-])(?!(?:mailto|sips?|xmpp|npm|pip|oci|docker|git|e?mail|owner|user|group|to|from|cc|bcc|contact"
            r"|notify|approver|member|principal|author)s?:)[A-Za-z][\w+-]{0,31}:"
            r"(?=[^\s/@:]*\d)(?=[^\s/@:]*[A-Za-z])[^\s/@:.${}<>\"'(),]{6,}@"
            r"(?:[A-Za-z][\w-]*(?:\.[\w-]+)+|localhost|\d{1,3}(?:\.\d{1,3}){3})(?![\w:/@-])"
        ),
    ),
    # RFC 3986, 3.2.1; a name alone that is as long as a token is one.
    ("a password in an address", r"(?<=://)[^\s/@:${}<>\"']*:[^\s/@:${}<>\"']{3,}@(?=[\w\[])"),
    (
        "a token in an address",
        r"(?:https?|git|svn|ftp|redis|amqp)s?://(?=[A-Za-z_-]*[0-9])[A-Za-z0-9_-]{20,}@(?=[\w\[])",
    ),
    ("a password of Oracle", r"jdbc:oracle:[a-z0-9]+:[^\s/@${}]+/[^\s/@${}]{3,}@|\bsqlplus\s+[\w.]+/[^\s/@${}]{3,}@"),
    ("a password of a command", r"\b(?:curl|wget|http)\b[^|;\n]*\s(?:-u|--user)[ =]?['\"]?[\w.@-]+:[^\s'\"${}]{3,}"),
    ("a password of a command", r"\bsshpass\s+-p\s*[^\s${}]{3,}|\bmysql\w*\b[^|;\n]*\s-p[^\s${}]{3,}"),
    ("a login of a registry", r"\"auth\"\s*:\s*\"[A-Za-z0-9+/]{8,}={0,2}\""),
    (
        "the address of a webhook",
        (
            r"hooks\.slack-gov\.com/(?:services|workflows|triggers)/|hooks\.zapier\.com/hooks/catch/"
            r"|events\.(?:eu\.)?pagerduty\.com/(?:integration|x-ere)/|maker\.ifttt\.com/trigger/[^/\s]+/(?:json/)?with/key/"
            r"|api\.prefect\.cloud/hooks/[A-Za-z0-9_-]|hc-ping\.com/[0-9a-f-]{36}|hook\.[a-z0-9.]+make\.com/"
        ),
    ),
)


@cache
def forms() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return all patterns: our own, and those of the detect-secrets library that have a form of their own."""
    # Its detectors import it to verify secrets with the services, which is not done here.
    with deferred("requests"):
        from detect_secrets.plugins import (
            artifactory,
            aws,
            azure_storage_key,
            basic_auth,
            discord,
            github_token,
            gitlab_token,
            jwt,
            mailchimp,
            npm,
            openai,
            private_key,
            pypi_token,
            sendgrid,
            slack,
            square_oauth,
            stripe,
            telegram_token,
            twilio,
        )

    detectors = (
        artifactory.ArtifactoryDetector,
        aws.AWSKeyDetector,
        azure_storage_key.AzureStorageKeyDetector,
        basic_auth.BasicAuthDetector,
        discord.DiscordBotTokenDetector,
        github_token.GitHubTokenDetector,
        gitlab_token.GitLabTokenDetector,
        jwt.JwtTokenDetector,
        mailchimp.MailchimpDetector,
        npm.NpmDetector,
        openai.OpenAIDetector,
        private_key.PrivateKeyDetector,
        pypi_token.PypiTokenDetector,
        sendgrid.SendGridDetector,
        slack.SlackDetector,
        square_oauth.SquareOAuthDetector,
        stripe.StripeDetector,
        telegram_token.TelegramBotTokenDetector,
        twilio.TwilioKeyDetector,
    )
    known = ((f"a secret ({one.secret_type})", pattern) for one in detectors for pattern in one.denylist)
    return (*((kind, re.compile(pattern)) for kind, pattern in _OWN_FORMS), *known)
