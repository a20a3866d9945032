"""What Argo CD posts to Slack: the service, the triggers that Applications subscribe to, the messages."""

from __future__ import annotations

import json
from dataclasses import dataclass

import yaml

TOKEN = "slack-token"  # noqa: S105 - a name
"""Key of the Slack token in the notifications' Secret."""

# What messages insert, as pieces of Go templates. Where an Application has no such field, `dig` gives the text before
# `.app`.
_NAME = ".app.metadata.name"
_ENVIRONMENT = ".app.spec.project"
_WHO = '(dig "status" "operationState" "operation" "initiatedBy" "username" "Argo CD" .app)'
_SYNCED = '(dig "status" "operationState" "syncResult" "revision" "unknown" .app | trunc 7)'
_IN_GIT = '(dig "status" "sync" "revision" "unknown" .app | trunc 7)'
# Slack would take a bare < for a link, or for a call to everybody in the channel.
_REASON = '(dig "status" "operationState" "message" "no reason" .app | replace "&" "&amp;" | replace "<" "&lt;")'

_PHASE = "app.status?.operationState?.phase"
_LAST_SYNC = "app.status?.operationState?.syncResult?.revision"
# Each sync has one, which its retries keep; one that fails before it knows its revision has one as well.
_THIS_SYNC = "app.status?.operationState?.startedAt"
# When the Application's health last became another: argo-cd 3.2 sets it in persistAppStatus and nowhere else.
_THIS_HEALTH = "app.status?.health?.lastTransitionTime"


@dataclass(frozen=True)
class _Event:
    """Something that is posted.

    Attributes:
        when: Argo CD's expression that is true while it is so.
        once_per: Argo CD's expression whose value has to change before it is posted again.
        text: the message, with %v for what is inserted; it goes on after the Application and its environment.
        inserted: what is inserted.
    """

    when: str
    once_per: str
    text: str
    inserted: tuple[str, ...]


_EVENTS = {
    "on-sync-succeeded": _Event(
        when=f"{_PHASE} == 'Succeeded'",
        once_per=_LAST_SYNC,
        text=":white_check_mark: *%v* (%v) is synced to `%v` by %v",
        inserted=(_SYNCED, _WHO),
    ),
    "on-sync-failed": _Event(
        when=f"{_PHASE} in ['Error', 'Failed']",
        once_per=_THIS_SYNC,
        text=":x: *%v* (%v) could not be synced to `%v` by %v: %v",
        inserted=(_SYNCED, _WHO, _REASON),
    ),
    "on-health-degraded": _Event(
        when="app.status?.health?.status == 'Degraded'",
        once_per=_THIS_HEALTH,
        text=":warning: *%v* (%v) is degraded at `%v`, last synced by %v",
        inserted=(_SYNCED, _WHO),
    ),
    "on-out-of-sync": _Event(
        when="app.status?.sync?.status == 'OutOfSync'",
        once_per="app.status?.sync?.revision",
        text=":large_yellow_circle: *%v* (%v) differs from Git, which is at `%v`",
        inserted=(_IN_GIT,),
    ),
}


def config(slack_url: str, url: str | None) -> dict[str, str]:
    """What argocd-notifications-cm says. The service is called `slack`, as Applications subscribe to it.

    Args:
        slack_url: where Slack's methods are.
        url: where people reach Argo CD, for links in the messages; None for messages without.
    """
    # Argo CD's own service for Slack sends the token in the body of each message, among what people write.
    service = {
        "url": f"{slack_url.rstrip('/')}/chat.postMessage",
        "headers": [
            {"name": "Authorization", "value": f"Bearer ${TOKEN}"},
            {"name": "Content-Type", "value": "application/json; charset=utf-8"},
        ],
    }
    data = {"service.webhook.slack": _yaml(service)}
    for name, event in _EVENTS.items():
        template = {"webhook": {"slack": {"method": "POST", "body": _message(event, url)}}}
        data[f"trigger.{name}"] = _yaml([{"when": event.when, "oncePer": event.once_per, "send": [name]}])
        data[f"template.{name}"] = _yaml(template)
    return data


def _message(event: _Event, url: str | None) -> str:
    """A Go template that gives the JSON that Slack takes; `toJson` escapes whatever was inserted."""
    text, inserted = event.text, (_NAME, _ENVIRONMENT, *event.inserted)
    if url:
        text += f"\n<{url.rstrip('/')}/applications/%v/%v|Open in Argo CD>"
        inserted += (".app.metadata.namespace", _NAME)
    # JSON's quotes and escapes are Go's as well.
    joined = " ".join(("printf", json.dumps(text), *inserted))
    return f'{{"channel": {{{{toJson .recipient}}}}, "text": {{{{{joined} | toJson}}}}}}'


def _yaml(value: object) -> str:
    return yaml.safe_dump(value, sort_keys=False, width=1000)
