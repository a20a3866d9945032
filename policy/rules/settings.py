"""Policies for how the application is configured, by its ConfigMap and its environment variables."""

from __future__ import annotations

from collections.abc import Iterator

from manifests.switches import given, is_debug, is_on, may_be_on
from policy.objects import MAKES_PODS
from policy.rule import LIVE, PRODUCTION, Topic
from snapshot.model import Object

topic = Topic("The application", "How Django is configured wherever people use it.")

KINDS = ("ConfigMap", MAKES_PODS)
_YEAR = 365 * 24 * 60 * 60


def _settings(item: Object) -> Iterator[tuple[str, str]]:
    """The names and values of the settings in an object."""
    return ((name, value) for _, name, value in given(item.manifest))


@topic.rule(
    "debug-is-off",
    kinds=KINDS,
    where=LIVE,
    refuses="Django's debug mode outside of dev.",
    why="Its error pages show settings, queries and source code to anyone.",
    mend="set app.debug to false",
)
def _debug(item: Object) -> Iterator[str]:
    for name, value in _settings(item):
        if is_debug(name) and may_be_on(value):
            yield f"{name} is on"


@topic.rule(
    "cookies-and-redirects-are-secure",
    kinds=KINDS,
    where=LIVE,
    refuses="Cookies that are sent unencrypted, and plain HTTP that is answered.",
    why="Whoever is on the network path can read the session, and log in with it.",
    mend='set it to "true"',
)
def _insecure(item: Object) -> Iterator[str]:
    for name, value in _settings(item):
        if name in ("SECURE_SSL_REDIRECT", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE") and not is_on(value):
            yield f"{name} is off"


@topic.rule(
    "hosts-and-origins-are-named",
    kinds=KINDS,
    refuses="A wildcard or plain HTTP among the hosts and origins that the application trusts.",
    why="Any website could then act as the users who visit it, or make the application send links to that website.",
    mend="name each host, and each origin with https://",
)
def _trusting(item: Object) -> Iterator[str]:
    for name, value in _settings(item):
        listed = [entry.strip() for entry in value.split(",")]
        if name in ("ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS", "CSRF_TRUSTED_ORIGINS") and "*" in listed:
            yield f"{name} has *"
        elif name.endswith("_ORIGINS") and any(entry.startswith("http://") for entry in listed):
            yield f"{name} has an origin with http://"
        elif name in ("CORS_ALLOW_ALL_ORIGINS", "CORS_ORIGIN_ALLOW_ALL") and may_be_on(value):
            yield f"{name} is on"


@topic.rule(
    "production-logs-no-details",
    kinds=KINDS,
    where=PRODUCTION,
    mandatory=False,
    refuses="The log level DEBUG in production.",
    why="It logs what users send, and fills the disk.",
    mend="set app.logLevel to INFO or WARNING",
)
def _talkative(item: Object) -> Iterator[str]:
    for name, value in _settings(item):
        if name == "LOG_LEVEL" and value.strip().upper() == "DEBUG":
            yield "LOG_LEVEL is DEBUG"


@topic.rule(
    "production-insists-on-https",
    kinds=KINDS,
    where=PRODUCTION,
    mandatory=False,
    refuses="A Strict-Transport-Security header (HSTS) for less than a year.",
    why="Without it, somebody on the network path can keep browsers on plain HTTP.",
    mend="set app.hsts to 8760h",
)
def _forgetful(item: Object) -> Iterator[str]:
    for name, value in _settings(item):
        if name == "SECURE_HSTS_SECONDS" and not (value.isdecimal() and int(value) >= _YEAR):
            yield "SECURE_HSTS_SECONDS is less than a year"
