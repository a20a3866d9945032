"""Argo CD itself: whether this stack installs it, how people reach it, who is allowed to log in."""

import re
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from checked import Text
from components.settings.base import Section
from components.settings.gitops_values import Group
from components.settings.schema import ConflictError
from components.settings.types.names import DnsLabel, Line

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?", re.IGNORECASE | re.ASCII)
_PATH = re.compile(r"[\w.~%/-]*", re.ASCII)
_SERVED = re.compile(r"(/[A-Za-z0-9_-]+)*")


class HttpsUrl(Text):
    """The address of a web service that is reached encrypted.

    Its path has none of the characters that mean something where it ends up: `$` begins the name of a secret in Argo
    CD's config maps, and `|` and `>` end a link in Slack.
    """

    __slots__ = ()
    hidden = True
    example = "https://argocd.smarthr360.com"
    allowed = f"an address that begins with https:// such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        try:
            url = urlsplit(text)
            _ = url.port  # raises where it is not a number
        except ValueError:
            return "is not a valid address"
        if not cls._encrypted(url.scheme, url.hostname):
            return "does not begin with https://"
        if "@" in url.netloc:
            return "has a user name or a password"
        if not url.hostname or not _HOST.fullmatch(url.hostname) or not text.isprintable() or " " in text:
            return "is not a valid address"
        if set(text) & set("?#"):
            return "has more than a host, a port and a path"
        return None if _PATH.fullmatch(url.path) else "has a path with other characters than letters, digits and -._~%/"

    @classmethod
    def _encrypted(cls, scheme: str, _host: str | None) -> bool:
        return scheme == "https"


class SlackUrl(HttpsUrl):
    """Where Slack's methods are. A stand-in on this machine can do without encryption."""

    __slots__ = ()
    example = "https://slack.com/api/"
    allowed = f"an address that begins with https://, or with http:// and this machine's name, such as {example}"

    @classmethod
    def _encrypted(cls, scheme: str, host: str | None) -> bool:
        return super()._encrypted(scheme, host) or (scheme == "http" and host in ("localhost", "127.0.0.1"))


class PlainText(Line):
    """Text on one line. Argo CD replaces what begins with `$` by the secret of that name (`ReplaceStringSecret`)."""

    __slots__ = ()
    example = "argocd"
    allowed = "text on one line that does not begin with $"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        return super()._fault(text) or ("begins with $" if text.startswith("$") else None)


class Sso(Section):
    """Single sign-on by OpenID Connect. The client's secret is `secrets.ssoClientSecret`."""

    name: PlainText = Field(description="What the login button calls the identity provider.", examples=["Okta"])
    issuer: HttpsUrl = Field(
        description="The identity provider, as its tokens name it.", examples=["https://smarthr360.okta.com"]
    )
    client_id: PlainText = Field(
        description="Under which name the identity provider knows Argo CD.", examples=["argocd"]
    )
    groups_scope: bool = Field(
        default=True,
        description="Whether to ask for the scope `groups`; false for Entra ID, which has none and needs none.",
    )
    admin_groups: tuple[Group, ...] = Field(
        default=(),
        description="Groups of the identity provider that are allowed to do everything, in all environments.",
    )


class ArgoCd(Section):
    """Argo CD, which keeps environments like their manifests in Git."""

    install: bool = Field(
        default=True,
        description="Whether this stack installs Argo CD; false where another stack on the same cluster does.",
    )
    namespace: DnsLabel = Field(default=DnsLabel("argocd"), description="Namespace that Argo CD is in.")
    high_availability: bool = Field(
        default=False, description="Whether there are two or three of each part; needs three nodes at least."
    )
    local_admin: bool = Field(
        default=False, description="Whether there is a user `admin` with a password, beside single sign-on."
    )
    url: HttpsUrl | None = Field(
        default=None,
        description="Address at which people reach it, for single sign-on and for links in messages; it can have a "
        "path, under which Argo CD then answers.",
    )
    sso: Sso | None = Field(default=None, description="Single sign-on; left out, there is none.")
    keep_definitions: bool = Field(
        default=True,
        description="Whether the definitions of Argo CD's objects stay when it is uninstalled; objects go with them.",
    )
    slack_url: SlackUrl = Field(
        default=SlackUrl("https://slack.com/api/"), description="Where Slack, or a stand-in for it, takes messages."
    )

    @property
    def root_path(self) -> str:
        """The path of its address, as `/tools/argocd`; empty where it is the root."""
        return urlsplit(self.url).path.rstrip("/") if self.url else ""

    @field_validator("url")
    @classmethod
    def _path_can_be_served(cls, url: HttpsUrl | None) -> HttpsUrl | None:
        # argocd-server's router removes `//`, `.` and `..` from a request's path.
        path = urlsplit(url).path.rstrip("/") if url else ""
        if not _SERVED.fullmatch(path):
            raise ValueError(
                "has a path that cannot be served; allowed are names of letters, digits, hyphens and "
                "underscores between single slashes, such as https://tools.smarthr360.com/argocd"
            )
        return url

    @model_validator(mode="after")
    def _way_back(self) -> Self:
        if self.sso and not self.url:
            raise ConflictError("url", f"is missing, and sso sends people back to it; allowed is {HttpsUrl.allowed}")
        return self
