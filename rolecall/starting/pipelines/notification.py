"""The script of a new repository that sends a message to Slack or Microsoft Teams."""

from __future__ import annotations

FILE = ".ci/notify.py"
TEXT = '''\
"""Send one line to Slack or Microsoft Teams: python .ci/notify.py TEXT.

SLACK_WEBHOOK_URL is an incoming webhook (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks),
TEAMS_WEBHOOK_URL one of Teams' Workflows app, which takes Adaptive Cards
(https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using). Each is a secret;
without either, nothing is sent. The line names no person and no object: those are behind its link.
"""

import json
import os
import sys
import urllib.error
import urllib.request

SECONDS = 30


def slack(text: str) -> dict:
    """Return the message for Slack, in which `<`, `>` and `&` would be markup."""
    return {"text": text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")}


def teams(text: str) -> dict:
    """Return the message for Teams."""
    block = {"type": "TextBlock", "text": text, "wrap": True}
    card = {"type": "AdaptiveCard", "version": "1.4", "body": [block]}
    return {"type": "message", "attachments": [{"contentType": "application/vnd.microsoft.card.adaptive", "content": card}]}


def send(name: str, message: dict) -> bool:
    """Send a message to the webhook of a variable; return whether that went well or there is none."""
    address = os.environ.get(name, "").strip()
    # Azure Pipelines leaves the reference to an undefined variable as it is.
    if not address or address.startswith("$("):
        return True
    headers = {"Content-Type": "application/json"}
    try:
        request = urllib.request.Request(address, json.dumps(message).encode(), headers, method="POST")
        with urllib.request.urlopen(request, timeout=SECONDS):
            return True
    except urllib.error.HTTPError as error:
        sys.stderr.write(f"{name}: the webhook answers {error.code}\\n")
    except (OSError, ValueError):
        # The address is a secret, and messages of errors quote it.
        sys.stderr.write(f"{name}: the webhook cannot be reached\\n")
    return False


if __name__ == "__main__":
    line = " ".join(sys.argv[1:])
    sent = [send("SLACK_WEBHOOK_URL", slack(line)), send("TEAMS_WEBHOOK_URL", teams(line))]
    sys.exit(not all(sent))
'''
