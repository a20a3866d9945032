"""Configurations that the models accept, made up by Hypothesis; tests/support/stacks.py says how one is written.

Values are drawn from more than is allowed, at the bounds and beyond them, and only what the models take is kept: where
a rule is lost, what it refused is made up from then on, and goes wherever the tests take it.
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from annotated_types import Ge, Le
from hypothesis import assume
from hypothesis import strategies as st

from checked import Checked
from components.settings import Settings, parse
from components.settings.gitops_values import Branch, Channel, GitUrl, Group
from components.settings.network import NameServer, Reach
from components.settings.schema import Leaf, leaves, type_of
from components.settings.secrets import UNPRINTABLE
from components.settings.storage import BLOCK_STORAGE
from components.settings.types.names import DnsLabel, DnsSubdomain, Email, HostName, Login, Namespace, Registry, Tag
from errors import UserError
from tests.support.stacks import STACKS, Secret, as_pulumi, good_config, not_real
from tests.support.window_sets import window_sets
from units import Measured, Quantity

Config = dict[str, Any]

KEYS: dict[str, Leaf] = {
    leaf.key: leaf
    for name, field in Settings.model_fields.items()
    for leaf in leaves(type_of(field), field, str(field.alias or name))
}
"""Every key that takes a value, with its type and its bounds."""


def is_taken(type_: type[Checked], text: str) -> bool:
    try:
        type_.read(text)
    except ValueError:
        return False
    return True


def is_accepted(config: Config) -> bool:
    try:
        parse(*as_pulumi(config))
    except UserError:
        return False
    return True


@st.composite
def taken(draw: st.DrawFn, type_: type[Checked], texts: st.SearchStrategy[str], bad: Sequence[str] = ()) -> str:
    """A text that a type takes: one of those, or the type's example; and of the bad ones each that it takes."""
    text = draw(st.sampled_from(bad)) if bad and draw(st.integers(0, 19)) == 0 else draw(texts)
    return text if is_taken(type_, text) else type_.example


@st.composite
def number(draw: st.DrawFn, key: str, most: int | None = None) -> int:
    """A number at a key: its bounds, or something between them; where it has no upper bound, beyond all integers."""
    bounds: dict[type, Any] = {type(bound): bound for bound in KEYS[key].field.metadata}
    least: int = bounds[Ge].ge if Ge in bounds else -1
    highest: int = bounds[Le].le if Le in bounds else 2**63
    highest = max(least, highest if most is None else min(most, highest))
    return draw(st.sampled_from([least, highest]) | st.integers(least, min(highest, least + 60)))


_CORES = ("m", "", "u", "n", "e-3", "e0", "E-2")
_BYTES = ("Mi", "Gi", "", "Ki", "Ti", "k", "M", "G", "T", "e6", "E9", "m", "Ei", "P")


@functools.cache
def worth(text: str) -> Fraction:
    return Quantity(text).value


@st.composite
def quantity(draw: st.DrawFn, key: str, least: Fraction = Fraction(0), most: Fraction | None = None) -> str:
    """A quantity at a key, in any of the ways to write it: a bound, just beyond, or something between."""
    type_ = KEYS[key].type
    low = max(worth(type_.least or "1n"), least)
    high = worth(type_.most or "7Ei")
    high = max(low, high if most is None else min(high, most))
    suffix = draw(st.sampled_from(_CORES if key.endswith(("cpu.request", "cpu.limit")) else _BYTES))
    unit = worth(f"1{suffix}")
    first, last = (math.floor(math.log2(max(Fraction(1), bound / unit))) for bound in (low, high))
    bits = draw(st.integers(first, last))
    whole = draw(st.integers(1 << bits, (2 << bits) - 1))
    whole -= whole % draw(st.sampled_from([1, 1000, 10**6])) if whole > 10**7 else 0
    part = draw(st.sampled_from(["", "", ".5", ".25", ".125", ".0", "."]))
    for text in (f"{whole}{part}{suffix}", f"{whole}{suffix}"):
        if is_taken(type_, text) and low <= worth(text) <= high:
            return text
    # At one end: as the type writes its bound, or in the smallest units where another key decides.
    ends = [type_.least, type_.most] if (low, high) == (worth(type_.least or "1n"), worth(type_.most or "7Ei")) else []
    found: list[str] = [end for end in ends if end] or [f"{math.ceil(low)}", f"{math.floor(high)}"]
    return draw(st.sampled_from(found))


@st.composite
def duration(draw: st.DrawFn, key: str) -> str:
    type_: type[Measured] = KEYS[key].type
    seconds = draw(st.integers(0, 100_000))
    ways = [f"{seconds}s", f"{seconds}000ms", f"{seconds // 60}m{seconds % 60}s", f"{seconds / 3600:.1f}h"]
    return draw(taken(type_, st.sampled_from([*ways, type_.least, type_.most]), ("0s", "1s", "2562047h", "9999999h")))


def optional(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[Config]:
    """A section of which any key may be left to its default."""
    return st.fixed_dictionaries({}, optional=strategies)


LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True) | st.integers(1, 63).map("a".__mul__)
WORDS = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
LONG = ".".join(["x" * 63] * 3 + ["y" * 61])
NAMES = taken(
    DnsSubdomain, WORDS | st.lists(LABELS, min_size=2, max_size=4).map(".".join) | st.just(LONG), ("X", "a_b")
)
NAMESPACES = taken(DnsLabel, WORDS | LABELS, ("kube-system", "default", "a.b"))
OWN_NAMESPACES = taken(
    Namespace, WORDS | LABELS, ("kube-system", "default", "kube-public", "system-x", "kube-node-lease", "a.b")
)
HOSTS = taken(
    HostName,
    st.lists(LABELS, min_size=1, max_size=9).map(lambda found: ".".join([*found, "com"]))
    | st.just(f"{'.'.join(['h' * 63] * 3)}.{'i' * 57}.com"),
    ("*.smarthr360.com", "a_b.com", "A.com", "localhost", "10.0.0.1", f"{'.'.join(['h' * 63] * 3)}.{'i' * 58}.com"),
)
TAGS = taken(Tag, st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", fullmatch=True), ("latest", "a/b", "a:b"))
DIGESTS = st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True)
REGISTRIES = taken(
    Registry,
    WORDS.map(lambda path: f"ghcr.io/{path.replace('-', '')}")
    | st.sampled_from(
        [
            "111122223333.dkr.ecr.eu-west-3.amazonaws.com/smarthr360",
            "europe-west9-docker.pkg.dev/project/images",
            "localhost:5000/a/b_c",
            f"ghcr.io/{'a' * 229}",
        ]
    ),
    (f"ghcr.io/{'a' * 230}", "ghcr.io/A", "a.b:65536/c"),
)
LOGINS = taken(Login, st.from_regex(r"[\w.@+$-]{1,20}", fullmatch=True), ('a"b', "a:b", "{{ a }}", "%s"))
EMAILS = taken(Email, WORDS.map("{}@smarthr360.com".format), ("nobody", "a@b.de\n", ""))
STORAGE_CLASSES = (
    st.lists(NAMES, min_size=2, max_size=2, unique=True)
    .filter(lambda found: found[1] not in BLOCK_STORAGE)
    .map(lambda found: {"readWriteOnce": found[0], "readWriteMany": found[1]})
)
BRANCHES = taken(
    Branch,
    st.lists(WORDS, min_size=1, max_size=3).map("/".join) | st.sampled_from(["release/1.0", "größe#1"]),
    ("1.x", "a" * 40, "refs/heads/a", "a b"),
)
REPOSITORIES = taken(
    GitUrl,
    st.sampled_from(
        ["https://git.example.com:8443/a/b.git", "git@github.com:a/b.git", "ssh://git@host:2222/a", "file:///srv/a.git"]
    ),
    ("https://github.com/*", "https://u:p@github.com/a"),
)
GROUPS = taken(Group, WORDS | st.sampled_from(["größe", "a b", "a:b", "'x'"]), ("a,b", "role:admin", " a"))
CHANNELS = taken(Channel, st.from_regex(r"[\w-]{1,80}", fullmatch=True), ("#a", "a b", "a;b"))
TIME_ZONES = st.sampled_from(["UTC", "Europe/Paris", "America/St_Johns", "Australia/Lord_Howe"])
EVENTS = st.lists(
    st.sampled_from(["succeeded", "failed", "degraded", "out-of-sync"]), min_size=1, max_size=4, unique=True
)


@st.composite
def bounds(draw: st.DrawFn, key: str) -> Config:
    """A request and a limit that is not below it."""
    ordered = sorted((draw(quantity(f"{key}.request")), draw(quantity(f"{key}.limit"))), key=worth)
    return dict(zip(("request", "limit"), ordered, strict=True))


def resources(workload: str) -> st.SearchStrategy[Config]:
    at = f"{workload}.resources"
    return st.fixed_dictionaries(
        {"cpu": bounds(f"{at}.cpu"), "memory": bounds(f"{at}.memory")},
        optional={"ephemeralStorage": bounds(f"{at}.ephemeralStorage")},
    )


@st.composite
def counted(draw: st.DrawFn, workload: str, kinds: tuple[str, ...], most: int | None = None) -> Config:
    """How many pods there are, by a number or by an autoscaler, and a budget that leaves one to move."""
    if draw(st.sampled_from(kinds)) == "replicas":
        floor = draw(number(f"{workload}.replicas", most))
        found: Config = {"replicas": floor}
    else:
        at = f"{workload}.autoscaling"
        floor, highest = sorted((draw(number(f"{at}.min", most)), draw(number(f"{at}.max", most))))
        percents = optional(cpu=number(f"{at}.cpu"), memory=number(f"{at}.memory"))
        found = {"autoscaling": {"min": floor, "max": highest, **draw(percents)}}
    if floor > 1 and draw(st.booleans()):
        found["minAvailable"] = draw(number(f"{workload}.minAvailable", floor - 1))
    return found


ANY = st.characters(exclude_categories=["Cs"])
REFUSED = re.compile(f"[{UNPRINTABLE}\ufffe\uffff]")


def secret(
    name: str, length: int = 0, most: int = 40, alphabet: st.SearchStrategy[str] = ANY
) -> st.SearchStrategy[Secret]:
    """Any text behind a beginning by which it is found again wherever it stands."""
    texts = st.text(alphabet, max_size=most)
    return texts.map(lambda text: Secret(f"not-a-real-{name}-{'x' * length}{REFUSED.sub('', text)}"))


ARGOCD_SECRETS = {
    "slackToken": secret("slack-token", alphabet=st.characters(min_codepoint=33, max_codepoint=126)),
    "ssoClientSecret": secret("client-secret"),
}
SECRETS = st.fixed_dictionaries(
    {
        **{key: secret(key, 50) for key in not_real(required=True) if key != "dbUser"},
        "dbUser": secret("user", most=11),
        **ARGOCD_SECRETS,
    },
    optional={key: secret(key) for key in not_real(required=False).keys() - not_real(required=True)},
)


@st.composite
def redis(draw: st.DrawFn) -> Config:
    """Redis, with room to rewrite its file in memory and on disk."""
    if draw(st.booleans()):
        return draw(optional(storage=quantity("redis.storage", Fraction(3 * 2**30))))
    limit = draw(quantity("redis.resources.memory.limit", Fraction(2**25)))
    request = draw(quantity("redis.resources.memory.request", most=worth(limit)))
    holds = draw(quantity("redis.maxMemory", most=min(worth(limit) / 2, worth("8Ti"))))
    found = {**draw(resources("redis")), "memory": {"request": request, "limit": limit}}
    return {"maxMemory": holds, "resources": found, "storage": draw(quantity("redis.storage", worth(holds) * 3))}


@st.composite
def programs(draw: st.DrawFn) -> Config:
    """The API, the workers and a database that has room for their connections."""
    api = draw(counted("api", ("autoscaling",)))
    room = max(1, 4000 // (api["autoscaling"]["max"] + 1))
    workers = draw(number("api.gunicorn.workers", room))
    gunicorn = {"workers": workers, "threads": draw(number("api.gunicorn.threads", max(1, room // workers)))}
    worker = draw(counted("worker", ("replicas", "autoscaling"), 360))
    pods = worker.get("replicas") or worker["autoscaling"]["max"]
    tasks = draw(number("worker.concurrency", max(1, 900 // (pods + math.ceil(pods / 4)) - 1)))
    needed = (api["autoscaling"]["max"] + 1) * math.prod(gunicorn.values())
    needed += (pods + math.ceil(pods / 4)) * (tasks + 1) + 4
    limit = draw(quantity("postgres.resources.memory.limit", max(worth("24Mi"), Fraction(needed * 9531392))))
    request = draw(quantity("postgres.resources.memory.request", most=worth(limit)))
    own = draw(st.none() | resources("worker"))
    return {
        "api": {
            "resources": draw(resources("api")),
            **api,
            **draw(optional(sessionAffinity=st.booleans())),
            "gunicorn": {**gunicorn, **draw(optional(timeout=duration("api.gunicorn.timeout")))},
        },
        "worker": {
            **worker,
            "concurrency": tasks,
            **draw(optional(maxTasksPerChild=number("worker.maxTasksPerChild"))),
            **({"resources": own} if own else {}),
        },
        "postgres": {
            "storage": draw(quantity("postgres.storage")),
            "sharedMemory": draw(quantity("postgres.sharedMemory", most=worth(limit) / 2)),
            "resources": {**draw(resources("postgres")), "memory": {"request": request, "limit": limit}},
        },
    }


@st.composite
def edges(draw: st.DrawFn) -> tuple[Config, Config]:
    """Hosts, and an edge that takes so many."""
    kind = draw(st.sampled_from(["gateway", "ingress"]))
    count = draw(st.sampled_from([2, 2, 3, 3, 5, 16, 17] if kind == "gateway" else [2, 2, 3, 3, 17, 100]))
    hosts = [f"h{index}.smarthr360.com" for index in range(count)]
    hosts[: min(count, 5)] = draw(st.lists(HOSTS, min_size=min(count, 5), max_size=min(count, 5), unique=True))
    half = draw(st.integers(1, count - 1))
    edge = {
        "kind": kind,
        "tls": {"issuer": draw(st.sampled_from(["staging", "prod"])), **draw(optional(email=EMAILS))},
        **draw(optional(className=NAMES, namespace=NAMESPACES)),
    }
    return {"site": hosts[:half], "api": hosts[half:]}, edge


REACHES = taken(
    Reach,
    st.sampled_from(["internet", "10.40.0.0/16", "203.0.113.7/32", "fd12:3456::/48", "2001:db8::1/128", "FD12::/64"]),
    ("0.0.0.0/0", "10.0.0.1/8", "fd12::/130", "10.0.0.0/33", "1.2.3.4"),
)
SERVERS = taken(NameServer, st.sampled_from(["10.96.0.10", "fd00::a", "FD00::A"]), ("224.0.0.1", "127.0.0.1", "a.b"))
PORTS = st.lists(st.sampled_from([1, 443, 587, 65535]), min_size=1, max_size=3)
NETWORKS = optional(
    egress=st.lists(
        st.fixed_dictionaries({"network": REACHES, "ports": PORTS})
        | st.fixed_dictionaries({"namespace": NAMESPACES, "ports": PORTS}),
        max_size=3,
    ),
    dns=st.lists(SERVERS, max_size=3),
)


@st.composite
def gitops(draw: st.DrawFn, by_hand: bool) -> Config:
    """From where, when and by whom an environment is synced; `by_hand` where Argo CD must not sync by itself."""
    groups = draw(st.lists(GROUPS, max_size=6, unique=True))
    half = len(groups) // 2
    slack = st.fixed_dictionaries({"channel": CHANNELS, "events": EVENTS})
    found = {
        "branch": draw(BRANCHES),
        "groups": {"admin": groups[:half], "readonly": groups[half:]},
        **draw(
            optional(
                repository=REPOSITORIES,
                revisionHistory=number("gitops.revisionHistory"),
                slack=slack,
                automated=st.booleans(),
            )
        ),
    }
    if draw(st.booleans()):
        found |= {"timeZone": draw(TIME_ZONES), "windows": draw(window_sets())}
    return found | ({"automated": False} if by_hand else {})


@st.composite
def argocd(draw: st.DrawFn) -> Config:
    """An Argo CD that another stack installs."""
    named = {"name": WORDS, "issuer": HOSTS.map("https://{}".format), "clientId": WORDS}
    sso = st.fixed_dictionaries(named, optional={"adminGroups": st.lists(GROUPS, max_size=3, unique=True)})
    found = draw(optional(namespace=NAMESPACES, highAvailability=st.booleans(), localAdmin=st.booleans(), sso=sso))
    return found | {"install": False, "url": "https://argocd.example.com"}


@st.composite
def configs(draw: st.DrawFn) -> tuple[str, Config]:
    """An environment, and a configuration for it that the models accept with any delivery."""
    environment = draw(st.sampled_from(STACKS))
    debug = {"debug": st.booleans()} if environment != "production" else {}
    levels = st.sampled_from(["DEBUG", "INFO", "WARNING", "ERROR"])
    hosts, edge = draw(edges())
    from_git = draw(gitops(by_hand=environment == "production"))
    over_https = str(from_git.get("repository", "https")).startswith("https")
    config = good_config(environment) | {
        "namespace": draw(OWN_NAMESPACES),
        "hosts": hosts,
        "images": {
            "tag": draw(TAGS),
            **draw(optional(registry=REGISTRIES, login=LOGINS)),
            "digests": draw(optional(api=DIGESTS, celery=DIGESTS, nginx=DIGESTS)),
        },
        "app": draw(optional(logLevel=levels, hsts=duration("app.hsts"), **debug)),
        **draw(programs()),
        "beat": draw(optional(resources=resources("beat"))),
        "nginx": {**draw(counted("nginx", ("replicas",))), **draw(optional(resources=resources("nginx")))},
        "storage": {
            "media": draw(quantity("storage.media")),
            "mlModels": draw(quantity("storage.mlModels")),
            **draw(optional(logs=quantity("storage.logs"), classes=STORAGE_CLASSES)),
        },
        "edge": edge,
        "network": draw(NETWORKS),
        "monitoring": draw(optional(operator=st.booleans(), namespace=NAMESPACES)),
        "redis": draw(redis()),
        "argocd": draw(argocd()),
        "gitops": from_git,
        "secrets": draw(SECRETS) | ({"gitToken": draw(secret("git-token"))} if over_https else {}),
    }
    assume(is_accepted(config))
    return environment, config
