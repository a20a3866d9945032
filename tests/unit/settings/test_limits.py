"""What another system would refuse, change or read as something else is refused here, and what it takes is taken."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checked import Checked
from components.settings import Settings, parse
from components.settings.app import Images
from components.settings.gitops_values import Branch, GitUrl, Group
from components.settings.types.measures import Cpu, DatabaseVolume, Disk, Hsts, Memory, Refresh, RequestTime, Volume
from components.settings.types.names import Email, HostName, Login, Namespace, Registry, Repository
from tests.support.bad_stacks import SSO, BadStack
from tests.support.program import run_program
from tests.support.stacks import Secret, as_pulumi, refusals


def read(changes: Mapping[str, object]) -> Settings:
    return parse(*as_pulumi(BadStack("", changes, (), "dev", "").config))


def refused(changes: Mapping[str, object]) -> tuple[str, ...]:
    return refusals(BadStack("", changes, (), "dev", "").config)


TAKEN: list[tuple[type[Checked], list[str]]] = [
    (Cpu, ["1m", "0.001", "1e-3", "500000u", "1920", "1920000m"]),
    (Memory, ["12Mi", "32Ti", "12582912"]),
    (Disk, ["64Mi", "64Ti"]),
    (Volume, ["1Gi", "32767Gi", "1073741824"]),
    (DatabaseVolume, ["2Gi"]),
    (Hsts, ["0s", "17520h"]),
    (RequestTime, ["1s", "2m", "1000ms"]),
    (Refresh, ["60s", "24h"]),
    (Namespace, ["a", "kube", "systems", "my-argocd", "a" * 63]),
    (HostName, ["a.b", ".".join("abcdefghij"), "xn--bcher-kva.de", "local.de", "a--b.de"]),
    (Email, ["a@b.de", "first.last+tag@mail.smarthr360.com", f"{'a' * 64}@b.de"]),
    (Login, ["AWS", "robot$team+ci", "gitlab+deploy-token-1", "me@example.com"]),
    (Registry, ["ghcr.io/" + "a" * 229, "localhost:65535/a"]),
    (GitUrl, ["ssh://git@host:22/a.git", "git@host:22/a.git", "https://host/~me/a%20b.git", "ssh://APK-1@host/v1/a"]),
    (GitUrl, ["git@host:/srv/a.git", "file:///srv/a.git", "https://host/a/", "https://GitHub.com/Org/a", "git@host:a"]),
    (Branch, ["main", "1.0", "v1.2.3", "1.0-rc.1", "4f2a9c1", "release/1.x", "xyz", "max"]),
    (Group, ["prod-admins", "role", "a:b", "11111111-2222-3333-4444-555555555555"]),
]

REFUSED: list[tuple[type[Checked], str, str]] = [
    # The API server keeps another value, and every later run finds a difference.
    (Cpu, "500u", "is below 1m"),
    (Cpu, "1500u", "is finer than a thousandth of a core"),
    (Cpu, "0.0005", "is below 1m"),
    # It would never start, or be refused.
    (Cpu, "1921", "is above 1920"),
    (Memory, "512", "is below 12Mi"),
    (Memory, "1Ei", "is above 32Ti"),
    (Disk, "1Mi", "is below 64Mi"),
    (Disk, "1Ei", "is above 64Ti"),
    (Volume, "512Mi", "is below 1Gi"),
    (Volume, "32Ti", "is above 32767Gi"),
    (Volume, "1Ei", "is above 32767Gi"),
    (DatabaseVolume, "1Gi", "is below 2Gi"),
    (Hsts, "17521h", "is above 17520h"),
    (RequestTime, "0s", "is below 1s"),
    (RequestTime, "121s", "is above 120s"),
    (Refresh, "0s", "is below 1m"),
    (Refresh, "59s", "is below 1m"),
    (Refresh, "25h", "is above 24h"),
    # It would be somebody else's.
    *((Namespace, name, "is used by Kubernetes, a cloud or a controller") for name in (
        *("default", "kube-system", "kube-public", "kube-x", "system-x", "gke-managed-system", "envoy-gateway-system"),
        *("argocd", "cert-manager", "external-secrets", "monitoring", "ingress-nginx", "aks-command"),
        *("amazon-cloudwatch", "a-system"),
    )),
    # Nobody gets a certificate for it.
    (HostName, ".".join("abcdefghijk"), "has more than the 10 parts that Let's Encrypt takes"),
    (HostName, "dev.smarthr360.local", "ends in .local, which nobody can own and Let's Encrypt does not certify"),
    (HostName, "dev.internal", "ends in .internal, which nobody can own and Let's Encrypt does not certify"),
    (HostName, "ab--c.de", "has hyphens in third and fourth place, which are kept for xn--"),
    (Email, "nobody", "is not an e-mail address"),
    (Email, "me@example.com", "is of a domain for examples"),
    *((Email, text, "is not an e-mail address") for text in (
        *("", "a@", "@b.de", "a@b", "a@b.de\n", "a\n@b.de", "a@b.de,c@d.de", "a b@c.de", "mailto:a@b.de", "ü@b.de"),
        *("a@b.local", f"{'a' * 65}@b.de", "a..b@c.de", ".a@b.de", "a.@b.de"),
    )),
    # The kubelet knows no such image.
    (Registry, "ghcr.io/" + "a" * 230, "is too long (237 characters)"),
    (Repository, "ghcr.io/" + "a" * 248, "is too long (255 characters)"),
    (Repository, "-a.b/c", "is not a repository"),
    (Repository, "a.b:65536/c", "is not a repository"),
    (Repository, "a.b:0/c", "is not a repository"),
    *((Login, text, "is not a user name") for text in ("", "a:b", 'a"b', "a b", "a%b", "a{{b", "a\\b", "ü")),
    # Argo CD reads it as something else.
    *((GitUrl, f"https://github.com/org/{mark}", "is a pattern, and would mean other repositories as well")
      for mark in ("*", "a?", "[a]", "{a,b}", "!a")),
    (GitUrl, "ssh://git@host:org/repo.git",
     "has a path where a port belongs: git@host:path and ssh://git@host/path are two ways to write one"),
    (GitUrl, "https://host:65536/a", "is not a Git URL"),
    (GitUrl, "https://host/a\\b", "is not a Git URL"),
    (GitUrl, "HTTPS://host/a", "has upper-case letters before ://, for which Git has no program"),
    *((GitUrl, text, "has a step that is empty, . or ..") for text in (
        *("https://host//", "https://host/a/../b", "file:///a/./b", "git@host:a/..", "ssh://git@host:22/a//b"),
        *("git@host:../a", "git@host://a", "file:////a"),
    )),
    (Branch, "4f2a9c1" * 5 + "abcde", "is a commit"),
    (Branch, "refs/heads/main", "begins with refs/"),
    *((Branch, name, "is a range of versions to Argo CD, and would follow tags") for name in (
        *("x", "X", "1.x", "v1.X", "1.2.x", ">=1.0", "<2", "=1.0", "!=1", "x-ray", "1.x-beta", "1.0,2.0", ">1,<2"),
    )),
    (Group, "role:admin", "begins with role:, which has a meaning of its own to Argo CD"),
    (Group, "proj:dev:admin", "begins with proj:, which has a meaning of its own to Argo CD"),
    (Group, "#admins", "begins with #, which has a meaning of its own to Argo CD"),
]  # fmt: skip


@pytest.mark.parametrize(("type_", "text"), [(type_, text) for type_, texts in TAKEN for text in texts])
def test_what_another_system_takes_is_taken(type_: type[Checked], text: str) -> None:
    assert type_.read(text) == type_(text)


@pytest.mark.parametrize(("type_", "text", "fault"), REFUSED)
def test_what_another_system_refuses_or_reads_differently_is_refused(
    type_: type[Checked], text: str, fault: str
) -> None:
    with pytest.raises(ValueError, match="allowed is") as caught:
        type_.read(text)
    found, _, allowed = str(caught.value).partition("; ")
    assert found.endswith(fault)
    assert allowed == f"allowed is {type_.allowed}"


@pytest.mark.parametrize("type_", sorted({type_ for type_, _ in TAKEN}, key=str))
def test_every_example_is_taken(type_: type[Checked]) -> None:
    assert str(type_(type_.example)) == type_.example


@given(st.integers(1, 10**10), st.sampled_from(["n", "u", "m", ""]))
def test_a_number_of_cores_is_what_the_api_server_keeps(number: int, suffix: str) -> None:
    milli = number * {"n": 1e-6, "u": 1e-3, "m": 1, "": 1000}[suffix]
    try:
        taken = Cpu(f"{number}{suffix}")
    except ValueError:
        assert milli < 1 or milli > 1_920_000 or not math.isclose(milli, round(milli), rel_tol=0, abs_tol=1e-12)
    else:
        assert taken.value * 1000 == round(milli)


PODS = "allowed is a whole number from 1 to 1000"


@pytest.mark.parametrize("count", [0, 1001, 2**31, 2**63, -1])
@pytest.mark.parametrize(
    "key",
    ["api.autoscaling.max", "worker.replicas", "nginx.replicas", "nginx.minAvailable", "api.gunicorn.workers"],
)
def test_there_are_as_many_pods_and_processes_as_kubernetes_takes(key: str, count: int) -> None:
    (error, *_) = refused({key: count})
    assert error == f"smarthr360:{key}: {count} is too {'small' if count < 1 else 'large'}; {PODS}"


@pytest.mark.parametrize("count", [101, 2**31, 2**63])
def test_argo_cd_remembers_no_more_syncs_than_an_object_holds(count: int) -> None:
    assert refused({"gitops.revisionHistory": count}) == (
        f"smarthr360:gitops.revisionHistory: {count} is too large; allowed is a whole number from 1 to 100",
    )


def hosts(site: int, api: int) -> dict[str, object]:
    return {
        "hosts.site": [f"s{number}.smarthr360.com" for number in range(site)],
        "hosts.api": [f"a{number}.smarthr360.com" for number in range(api)],
    }


def test_a_gateway_takes_sixteen_hosts_and_an_ingress_as_many_as_a_certificate() -> None:
    assert len(read(hosts(9, 7)).hosts.site) == 9
    assert len(read({**hosts(90, 10), "edge.kind": "ingress"}).hosts.site) == 90
    assert refused(hosts(9, 8)) == (
        "smarthr360:edge.kind: gateway takes 16 host names, and hosts.site and hosts.api have 17; "
        "allowed are fewer of them, or ingress, which takes 100",
    )
    assert refused({**hosts(90, 11), "edge.kind": "ingress"}) == (
        "smarthr360:edge.kind: ingress takes 100 host names, and hosts.site and hosts.api have 101; "
        "allowed are fewer of them",
    )


@pytest.mark.parametrize("section", ["edge", "monitoring", "argocd"])
def test_an_environment_is_in_a_namespace_of_its_own(section: str) -> None:
    assert refused({f"{section}.namespace": "smarthr360-dev"}) == (
        f"smarthr360:{section}.namespace: smarthr360-dev is the environment's own namespace; allowed is another",
    )
    assert read({f"{section}.namespace": "somewhere"}).namespace == "smarthr360-dev"


def test_an_add_on_is_in_a_namespace_that_nobody_else_makes() -> None:
    edge = {"edge.namespace": "kube-system"}
    assert read(edge).edge.namespace == "kube-system"  # where k3s has its own
    assert refused({**edge, "addons.envoyGateway": True}) == (
        "smarthr360:addons.envoyGateway: is not possible in edge.namespace kube-system, which is Kubernetes' own; "
        "allowed is another",
    )
    both = {"edge.namespace": "platform", "monitoring.namespace": "platform", "addons.monitoring": True}
    assert read(both).addons.monitoring
    assert refused({**both, "addons.envoyGateway": True}) == (
        "smarthr360:addons.monitoring: is not possible in monitoring.namespace platform, which is envoyGateway's; "
        "allowed is another",
    )


@pytest.mark.parametrize("name", ["kube-system", "default", "kube-public"])
def test_argo_cd_is_installed_in_a_namespace_that_nobody_else_makes(name: str) -> None:
    assert refused({"argocd": {"namespace": name}}) == (
        f"smarthr360:argocd.namespace: {name} is Kubernetes' own; allowed is another, or argocd.install false",
    )
    assert read({"argocd": {"namespace": name, "install": False}}).argocd.namespace == name
    both = {"argocd": {"namespace": "cert-manager"}}
    assert read(both).argocd.install
    assert refused({**both, "addons.certManager": True}) == (
        "smarthr360:argocd.namespace: cert-manager is certManager's; allowed is another, or argocd.install false",
    )


def test_the_database_takes_the_connections_that_all_pods_together_open() -> None:
    settings = read({"api.autoscaling.max": 10, "worker.replicas": 8, "api.gunicorn.workers": 4})
    assert (settings.api.connections, settings.worker.connections) == (11 * 4 * 2, 10 * 5)
    assert settings.postgres.connections == 225
    small = {"postgres.resources.memory.limit": "1Gi", "api.autoscaling.max": 10, "worker.replicas": 8}
    assert refused(small) == (
        "smarthr360:postgres.resources.memory.limit: 1Gi has room for 112 connections, and the pods of "
        "api and worker open up to 142; allowed is 1291Mi or more, or fewer pods, processes, threads or tasks at once",
    )
    assert read({**small, "postgres.resources.memory.limit": "1291Mi"}).postgres.connections == 142
    assert refused({"api.autoscaling.max": 1000, "postgres.resources.memory.limit": "32Ti"}) == (
        "smarthr360:postgres.resources.memory.limit: 32Ti has room for 5000 connections, and the pods of "
        "api and worker open up to 8022; allowed is fewer pods, processes, threads or tasks at once",
    )


def test_postgresql_gets_as_many_connections_as_it_has_room_for(tmp_path: object) -> None:
    program = run_program(BadStack("", {}, (), "dev", "").config, tmp_path)  # type: ignore[arg-type]
    (container,) = program.object("StatefulSet", "postgres")["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["-c", "max_connections=225"]


def test_redis_has_room_to_rewrite_its_file_in_memory_and_on_disk() -> None:
    assert read({"redis.maxMemory": "1Gi", "redis.storage": "3Gi"}).redis.storage.text == "3Gi"
    assert refused({"redis.maxMemory": "1025Mi"}) == (
        "smarthr360:redis.maxMemory: 1025Mi is more than half of resources.memory.limit 2Gi, all of which it can take "
        "while it rewrites its file; allowed is half of it",
    )
    assert refused({"redis.storage": "2Gi"}) == (
        "smarthr360:redis.storage: 2Gi is less than three times maxMemory 1Gi, which its file can take while it is "
        "rewritten; allowed is three times as much",
    )


@pytest.mark.parametrize(
    ("user", "fault"),
    [
        ("u" * 64, "is too long; allowed are 63 bytes, as PostgreSQL cuts off the rest"),
        ("ü" * 32, "is too long; allowed are 63 bytes, as PostgreSQL cuts off the rest"),
        ("pg_admin", "is a name that PostgreSQL keeps for itself; allowed is one that does not begin with pg_"),
        ("public", "is a name that PostgreSQL keeps for itself; allowed is one that does not begin with pg_"),
    ],
)
def test_the_databases_user_is_one_that_postgresql_keeps_whole(user: str, fault: str) -> None:
    assert refused({"secrets.dbUser": Secret(user)}) == (f"smarthr360:secrets.dbUser: {fault}",)


@pytest.mark.parametrize("character", ["\n", "\x7f", "\x80", "\x85", "\x9f", "\ufffe", "\uffff"])
def test_no_secret_and_no_annotation_has_a_character_that_the_api_server_refuses(character: str) -> None:
    assert refused({"secrets.dbPassword": Secret(f"{character}sixteen-characters")}) == (
        "smarthr360:secrets.dbPassword: holds a line break or another control character; allowed is printable text",
    )
    annotated = {"addons": {"envoyGateway": True, "loadBalancer": {"annotations": {"a.b/c": character}}}}
    assert refused(annotated) == (
        "smarthr360:addons.loadBalancer.annotations.a.b/c: has a control character, which the API server does not "
        "take; leave it out",
    )


@pytest.mark.parametrize("token", ["xoxb-with space", "xoxb-ü"])
def test_a_slack_token_fits_into_a_header(token: str) -> None:
    (error,) = refused({"secrets.slackToken": Secret(token)})
    assert error.startswith("smarthr360:secrets.slackToken: has a space or a character beyond ASCII; allowed is ")
    assert token not in error


@pytest.mark.parametrize(
    ("registry", "user"),
    [
        ("ghcr.io/smarthr360", "smarthr360"),
        ("111122223333.dkr.ecr.eu-west-3.amazonaws.com/smarthr360", "AWS"),
        ("111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/smarthr360", "AWS"),
        ("public.ecr.aws/a1b2/smarthr360", "AWS"),
        ("europe-west9-docker.pkg.dev/project/images", "_json_key"),
        ("eu.gcr.io/project", "_json_key"),
        ("gcr.io/project", "_json_key"),
        ("smarthr360.azurecr.io/team", "00000000-0000-0000-0000-000000000000"),
        ("notgcr.io/project", "smarthr360"),
        ("registry.gitlab.com/team", "smarthr360"),
    ],
)
def test_a_registry_is_logged_in_to_as_it_wants(registry: str, user: str) -> None:
    images = {"registry": registry, "tag": "1.0.0"}
    assert Images.model_validate(images, strict=False).user == user
    assert Images.model_validate({**images, "login": "robot$team"}, strict=False).user == "robot$team"


PASSWORD = "hunter2"
LOGINS = (
    f"https://me:{PASSWORD}@host/path",
    f"https://{PASSWORD}@host",
    f"https:/me:{PASSWORD}@host/path",
    f"me:{PASSWORD}@host/path",
    f"https://host/services/{PASSWORD}",
    f"https://host/?token={PASSWORD}",
    f"https://host#{PASSWORD}",
)
WHERE = (
    *("namespace", "delivery", "environment", "api.autoscaling.max", "app.debug", "app.hsts", "postgres.storage"),
    *("images.registry", "images.tag", "images.postgres", "images.digests.api", "hosts.site", "edge.className"),
    *("edge.kind", "storage.classes.readWriteMany", "gitops.timeZone", "gitops.windows", "api.resources.cpu.request"),
    *("cluster.existing", "argocd.namespace", "monitoring.namespace"),
)


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("key", WHERE)
def test_an_address_with_a_login_is_never_shown_whatever_its_key(key: str, login: str) -> None:
    errors = refused({key: login})
    assert errors[0].startswith(f"smarthr360:{key}: ")
    assert [error for error in errors if PASSWORD in error] == []


@pytest.mark.parametrize("login", [*LOGINS, f"//{PASSWORD}", f"ftp:{PASSWORD}", PASSWORD])
@pytest.mark.parametrize("key", ["argocd.url", "argocd.slackUrl", "sso.issuer", "gitops.repository", "images.login"])
def test_a_wrong_value_where_an_address_or_a_user_belongs_is_never_shown(key: str, login: str) -> None:
    changes: dict[str, object] = {key: f"{login} {login}"}  # no address at all, whatever each half is
    if key == "sso.issuer":
        changes = {"argocd": {"url": "https://argocd.smarthr360.com", "sso": {**SSO, "issuer": f"{login} {login}"}}}
    (error,) = refused(changes)
    assert PASSWORD not in error
    assert "; allowed is " in error


@pytest.mark.parametrize("key", ["site", "api"])
def test_a_harmless_value_is_still_shown(key: str) -> None:
    assert '"https://dev.smarthr360.com" has a scheme' in refused({f"hosts.{key}": ["https://dev.smarthr360.com"]})[0]


OTHER_CHARACTERS = "has a path with other characters than letters, digits and -._~%/"


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("https://argocd.smarthr360.com/$oidc.secret", OTHER_CHARACTERS),
        ("https://argocd.smarthr360.com/a|b", OTHER_CHARACTERS),
        ("https://argocd.smarthr360.com/a>b", OTHER_CHARACTERS),
        ("https://argocd.smarthr360.com/?", "has more than a host, a port and a path"),
        ("https://exa mple.com", "is not a valid address"),
        ("https://-a.com", "is not a valid address"),
        ("https://argocd.smarthr360.com:65536", "is not a valid address"),
        ("https://@argocd.smarthr360.com", "has a user name or a password"),
    ],
)  # fmt: skip
def test_an_address_means_the_same_wherever_argo_cd_puts_it(address: str, fault: str) -> None:
    (error,) = refused({"argocd.url": address})
    assert error.startswith(f"smarthr360:argocd.url: {fault}; allowed is ")


@pytest.mark.parametrize("key", ["kubeconfig", "context"])
def test_no_name_of_a_file_or_a_context_has_a_character_that_no_program_takes(key: str) -> None:
    assert refused({f"cluster.existing.{key}": "a\0b"}) == (
        f"smarthr360:cluster.existing.{key}: has a line break or another control character; "
        "allowed is text that is not empty",
    )


@pytest.mark.parametrize("key", ["name", "clientId"])
@pytest.mark.parametrize("value", ["$dex.secret", "", " ", "two\nlines"])
def test_argo_cd_reads_no_secret_in_the_place_of_a_name(key: str, value: str) -> None:
    changes = {"argocd": {"url": "https://argocd.smarthr360.com", "sso": {**SSO, key: value}}}
    (error,) = refused(changes)
    assert error.startswith(f"smarthr360:argocd.sso.{key}: ")
    assert error.endswith("; allowed is text on one line that does not begin with $")
