"""Configurations that the models accept, made up by Hypothesis; tests/stacks.py says how one is written."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from components.settings.storage import BLOCK_STORAGE
from tests.stacks import STACKS, Secret, good_config
from tests.window_sets import window_sets

Config = dict[str, object]

LABELS = st.from_regex(r"[a-z]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(LABELS, min_size=2, max_size=4).map(".".join)
TAGS = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,40}", fullmatch=True).filter(lambda tag: tag != "latest")
DIGESTS = st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True)
COUNTS = st.integers(1, 50)
PERCENTS = st.integers(1, 100)
CORES = st.integers(1, 64_000).map(lambda milli: (milli, f"{milli}m"))
SIZES = st.tuples(
    st.integers(1, 4096), st.sampled_from([("Mi", 2**20), ("Gi", 2**30), ("M", 10**6), ("G", 10**9)])
).map(lambda found: (found[0] * found[1][1], f"{found[0]}{found[1][0]}"))
VOLUMES = SIZES.map(lambda size: size[1])
STORAGE_CLASSES = (
    st.lists(LABELS, min_size=2, max_size=2, unique=True)
    .filter(lambda found: found[1] not in BLOCK_STORAGE)
    .map(lambda found: {"readWriteOnce": found[0], "readWriteMany": found[1]})
)
BRANCHES = st.lists(LABELS, min_size=1, max_size=3).map("/".join) | st.sampled_from(["release/1.0", "größe#1"])
REPOSITORIES = st.sampled_from(
    ["https://git.example.com:8443/a/b.git", "git@github.com:a/b.git", "ssh://git@host:2222/a", "file:///srv/a.git"]
)
TIME_ZONES = st.sampled_from(["UTC", "Europe/Paris", "America/St_Johns", "Australia/Lord_Howe"])
EVENTS = st.lists(
    st.sampled_from(["succeeded", "failed", "degraded", "out-of-sync"]), min_size=1, max_size=4, unique=True
)


def optional(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[Config]:
    """A section of which any key may be left to its default."""
    return st.fixed_dictionaries({}, optional=strategies)


def bounds(amounts: st.SearchStrategy[tuple[int, str]]) -> st.SearchStrategy[Config]:
    ordered = st.tuples(amounts, amounts).map(sorted)
    return ordered.map(lambda found: {"request": found[0][1], "limit": found[1][1]})


RESOURCES = st.fixed_dictionaries(
    {"cpu": bounds(CORES), "memory": bounds(SIZES)}, optional={"ephemeralStorage": bounds(SIZES)}
)


@st.composite
def counted(draw: st.DrawFn, kinds: tuple[str, ...]) -> Config:
    """How many pods there are, by a number or by an autoscaler, and a budget that leaves one to move."""
    kind = draw(st.sampled_from(kinds))
    if kind == "replicas":
        floor = draw(COUNTS)
        found: Config = {"replicas": floor}
    else:
        floor, most = sorted((draw(COUNTS), draw(COUNTS)))
        found = {"autoscaling": {"min": floor, "max": most, **draw(optional(cpu=PERCENTS, memory=PERCENTS))}}
    if floor > 1 and draw(st.booleans()):
        found["minAvailable"] = draw(st.integers(1, floor - 1))
    return found


def secret(name: str, length: int = 0) -> st.SearchStrategy[Secret]:
    """Any text behind a beginning by which it is found again wherever it stands."""
    texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
    return texts.map(lambda text: Secret(f"not-a-real-{name}-{'x' * length}{text}"))


SECRETS = st.fixed_dictionaries(
    {
        "secretKey": secret("django-key", 50),
        "jwtSecretKey": secret("jwt-key", 32),
        "dbUser": secret("user"),
        "dbPassword": secret("database-password", 16),
        "redisPassword": secret("redis-password", 16),
        "registryToken": secret("registry-token"),
        "slackToken": secret("slack-token"),
        "ssoClientSecret": secret("client-secret"),
    },
    optional={
        "sentryDsn": secret("dsn"),
        "elasticApmSecretToken": secret("apm"),
    },
)

REDIS_MEMORY = st.lists(SIZES, min_size=3, max_size=3, unique_by=lambda size: size[0]).map(sorted)


@st.composite
def redis(draw: st.DrawFn) -> Config:
    """Redis, which holds less than it may take."""
    found = draw(optional(storage=VOLUMES))
    if draw(st.booleans()):
        holds, request, limit = (text for _, text in draw(REDIS_MEMORY))
        found["maxMemory"] = holds
        found["resources"] = {**draw(RESOURCES), "memory": {"request": request, "limit": limit}}
    return found


@st.composite
def gitops(draw: st.DrawFn, by_hand: bool) -> Config:
    """From where, when and by whom an environment is synced.

    Args:
        draw: Hypothesis'.
        by_hand: whether Argo CD may not sync by itself.
    """
    groups = draw(st.lists(LABELS, max_size=6, unique=True))
    half = len(groups) // 2
    slack = st.fixed_dictionaries({"channel": LABELS, "events": EVENTS})
    found = {
        "branch": draw(BRANCHES),
        "groups": {"admin": groups[:half], "readonly": groups[half:]},
        **draw(optional(repository=REPOSITORIES, revisionHistory=COUNTS, slack=slack, automated=st.booleans())),
    }
    if draw(st.booleans()):
        found |= {"timeZone": draw(TIME_ZONES), "windows": draw(window_sets())}
    return found | ({"automated": False} if by_hand else {})


@st.composite
def argocd(draw: st.DrawFn) -> Config:
    """An Argo CD that another stack installs."""
    sso = st.fixed_dictionaries({"name": LABELS, "issuer": HOSTS.map("https://{}".format), "clientId": LABELS})
    found = draw(optional(namespace=LABELS, highAvailability=st.booleans(), localAdmin=st.booleans(), sso=sso))
    return found | {"install": False, "url": "https://argocd.example.com"}


@st.composite
def configs(draw: st.DrawFn) -> tuple[str, Config]:
    """An environment, and a configuration for it that the models accept with any delivery."""
    environment = draw(st.sampled_from(STACKS))
    debug = {"debug": st.booleans()} if environment != "production" else {}
    hosts = draw(st.lists(HOSTS, min_size=2, max_size=6, unique=True))
    half = draw(st.integers(1, len(hosts) - 1))
    workers = draw(st.none() | RESOURCES)
    from_git = draw(gitops(by_hand=environment == "production"))
    over_https = str(from_git.get("repository", "https")).startswith("https")
    config = good_config(environment) | {
        "namespace": draw(LABELS),
        "hosts": {"site": hosts[:half], "api": hosts[half:]},
        "images": {
            "tag": draw(TAGS),
            **draw(optional(registry=LABELS.map(lambda path: f"ghcr.io/{path.replace('-', '')}"))),
            "digests": draw(optional(api=DIGESTS, celery=DIGESTS, nginx=DIGESTS)),
        },
        "app": draw(optional(logLevel=st.sampled_from(["DEBUG", "INFO", "WARNING", "ERROR"]), **debug)),
        "api": {
            "resources": draw(RESOURCES),
            **draw(counted(("autoscaling",))),
            "gunicorn": draw(optional(workers=COUNTS, threads=COUNTS, timeout=COUNTS.map("{}s".format))),
        },
        "worker": {
            **draw(counted(("replicas", "autoscaling"))),
            **draw(optional(concurrency=COUNTS, maxTasksPerChild=COUNTS)),
            **({"resources": workers} if workers else {}),
        },
        "beat": draw(optional(resources=RESOURCES)),
        "nginx": {**draw(counted(("replicas",))), **draw(optional(resources=RESOURCES))},
        "storage": {
            "media": draw(VOLUMES),
            "mlModels": draw(VOLUMES),
            **draw(optional(logs=VOLUMES, classes=STORAGE_CLASSES)),
        },
        "edge": {
            "tls": {"issuer": draw(st.sampled_from(["staging", "prod"]))},
            **draw(optional(kind=st.sampled_from(["gateway", "ingress"]), className=LABELS, namespace=LABELS)),
        },
        "monitoring": draw(optional(operator=st.booleans(), namespace=LABELS)),
        "postgres": {"storage": draw(VOLUMES), **draw(optional(resources=RESOURCES))},
        "redis": draw(redis()),
        "argocd": draw(argocd()),
        "gitops": from_git,
        "secrets": draw(SECRETS) | ({"gitToken": draw(secret("git-token"))} if over_https else {}),
    }
    return environment, config
