"""Argo CD's config maps: who can log in, who can do what, and what is posted to Slack."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from components.delivery.application import TRIGGERS
from components.platform.argocd.config import config_maps
from components.settings.argocd import ArgoCd
from components.settings.base import Section
from components.settings.schema import sentences
from tests.support.argocd import argocd_settings

URL = "https://argocd.example.com/"
SSO = {
    "name": "Okta",
    "issuer": "https://id.example.com",
    "clientId": "argocd",
    "adminGroups": ["platform", "ops team"],
}


ONCE_PER = {
    # What can happen again at one revision is posted again; what a self-heal repeats is not.
    "on-sync-succeeded": "app.status?.operationState?.syncResult?.revision",
    "on-sync-failed": "app.status?.operationState?.startedAt",
    "on-health-degraded": "app.status?.health?.lastTransitionTime",
    "on-out-of-sync": "app.status?.sync?.revision",
}
"""What has to be another value before it is posted again."""


class Stack(Section):
    """What holds the section, as the settings do."""

    argocd: ArgoCd


def refusals(**values: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        Stack.model_validate_json(json.dumps({"argocd": values}))
    return sentences(Stack, caught.value, "smarthr360:", offer={})


def general(**values: object) -> dict[str, str]:
    return config_maps(argocd_settings(**values))["argocd-cm"]


def rights(**values: object) -> dict[str, str]:
    return config_maps(argocd_settings(**values))["argocd-rbac-cm"]


def notifications(**values: object) -> dict[str, Any]:
    """The config map of notifications, read as Argo CD reads it."""
    found = config_maps(argocd_settings(**values))["argocd-notifications-cm"]
    return {key: yaml.safe_load(value) for key, value in found.items()}


def test_nobody_is_admin_by_password_unless_asked() -> None:
    assert general()["admin.enabled"] == "false"
    assert general(localAdmin=True)["admin.enabled"] == "true"


def test_objects_are_tracked_by_annotation() -> None:
    assert general()["application.resourceTrackingMethod"] == "annotation"


def test_what_would_go_past_git_or_past_a_login_is_off() -> None:
    for key in ("exec.enabled", "users.anonymous.enabled", "statusbadge.enabled"):
        assert general()[key] == "false"


def test_a_stranger_can_do_nothing() -> None:
    for values in ({}, {"url": URL, "sso": SSO}, {"localAdmin": True}):
        assert rights(**values)["policy.default"] == ""


def test_admin_groups_and_nobody_else_can_do_everything() -> None:
    assert rights()["policy.csv"] == ""
    found = rights(url=URL, sso=SSO)
    assert found["policy.csv"].splitlines() == ["g, platform, role:admin", "g, ops team, role:admin"]
    assert found["scopes"] == "[groups]"


def test_single_sign_on_is_oidc_with_its_secret_by_reference_only() -> None:
    found = general(url=URL, sso=SSO)
    oidc = yaml.safe_load(found["oidc.config"])
    assert found["url"] == URL
    assert oidc["issuer"] == "https://id.example.com"
    assert oidc["clientID"] == "argocd"
    assert oidc["clientSecret"] == "$argocd-sso:clientSecret"
    assert "groups" in oidc["requestedIDTokenClaims"]
    assert oidc["requestedScopes"] == ["openid", "profile", "email", "groups"]
    assert not any(key.startswith("dex") for key in found)


def test_an_identity_provider_without_the_scope_is_not_asked_for_it() -> None:
    oidc = yaml.safe_load(general(url=URL, sso={**SSO, "groupsScope": False})["oidc.config"])
    assert oidc["requestedScopes"] == ["openid", "profile", "email"]
    assert "groups" in oidc["requestedIDTokenClaims"]


def test_without_single_sign_on_and_address_there_is_neither() -> None:
    assert not {"oidc.config", "url"} & general().keys()


def test_every_event_that_an_application_can_subscribe_to_has_a_trigger_and_a_message() -> None:
    found = notifications()
    assert {key.removeprefix("trigger.") for key in found if key.startswith("trigger.")} == set(TRIGGERS.values())
    for name in TRIGGERS.values():
        (condition,) = found[f"trigger.{name}"]
        assert condition["send"] == [name]
        assert condition["oncePer"] == ONCE_PER[name], "it would be posted again at every reconciliation, or never"
        assert found[f"template.{name}"]["webhook"].keys() == {"slack"}


def test_the_slack_token_is_a_reference_and_in_the_header_only() -> None:
    found = notifications()
    headers = {header["name"]: header["value"] for header in found["service.webhook.slack"]["headers"]}
    assert headers["Authorization"] == "Bearer $slack-token"
    assert json.dumps(found).count("$slack-token") == 1


def test_messages_go_to_slack_or_to_what_stands_for_it() -> None:
    assert notifications()["service.webhook.slack"]["url"] == "https://slack.com/api/chat.postMessage"
    for address in ("http://127.0.0.1:8080/api/", "http://127.0.0.1:8080/api"):
        assert (
            notifications(slackUrl=address)["service.webhook.slack"]["url"]
            == "http://127.0.0.1:8080/api/chat.postMessage"
        )


@pytest.mark.parametrize("event", ["succeeded", "failed", "degraded", "out-of-sync"])
def test_a_message_says_which_application_where_and_which_revision(event: str) -> None:
    body = notifications()[f"template.{TRIGGERS[event]}"]["webhook"]["slack"]["body"]
    for inserted in (".recipient", ".app.metadata.name", ".app.spec.project", '"revision"'):
        assert inserted in body
    assert ("initiatedBy" in body) is (event != "out-of-sync")  # Git got ahead; nobody did anything to the Application


def test_messages_link_to_argocd_where_people_reach_it() -> None:
    for name in TRIGGERS.values():
        assert "Open in Argo CD" not in json.dumps(notifications()[f"template.{name}"])
        body = notifications(url="https://example.com/cd/")[f"template.{name}"]["webhook"]["slack"]["body"]
        assert "<https://example.com/cd/applications/%v/%v|Open in Argo CD>" in body


def test_single_sign_on_needs_an_address_to_come_back_to() -> None:
    (sentence,) = refusals(sso=SSO)
    assert sentence.startswith(
        "smarthr360:argocd.url: is missing, and sso sends people back to it; allowed is an address that"
    )


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("http://argocd.example.com", "does not begin with https://"),
        ("argocd.example.com", "does not begin with https://"),
        ("", "does not begin with https://"),
        ("https://", "is not a valid address"),
        ("https://argocd.example.com:port", "is not a valid address"),
        ("https://[argocd", "is not a valid address"),
        ("https://argocd.example.com/a b", "is not a valid address"),
        ("https://me:pass@argocd.example.com", "has a user name or a password"),
        ("https://argocd.example.com?a=b", "has more than a host, a port and a path"),
    ],
)
def test_an_address_that_is_not_encrypted_or_no_address_is_refused(address: str, fault: str) -> None:
    (sentence,) = refusals(url=address)
    assert sentence.startswith(f"smarthr360:argocd.url: {fault}; allowed is an address that begins with https://")
    (sentence,) = refusals(url=URL, sso={**SSO, "issuer": address})
    assert sentence.startswith(f"smarthr360:argocd.sso.issuer: {fault}; ")


def test_only_this_machine_can_stand_in_for_slack_without_encryption() -> None:
    (sentence,) = refusals(slackUrl="http://slack.example.com/api/")
    assert sentence.startswith("smarthr360:argocd.slackUrl: does not begin with https://; ")
    assert argocd_settings(slackUrl="http://localhost:1/").slack_url == "http://localhost:1/"


@pytest.mark.parametrize("group", ["", " ", "a,b", "a\nb"])
def test_a_group_that_would_be_another_line_of_the_policy_is_refused(group: str) -> None:
    (sentence,) = refusals(url=URL, sso={**SSO, "adminGroups": [group]})
    assert sentence.startswith("smarthr360:argocd.sso.adminGroups[0]: ")
    assert "; allowed is a group" in sentence
    assert "\n" not in sentence
