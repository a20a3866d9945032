"""What keeps and what breaks the policies for pods and for what programs are told."""

from __future__ import annotations

from dataclasses import replace

from manifests.fingerprints import HIDDEN
from snapshot.model import Owner
from tests.support.policy_examples import Example, edited, edits, made, ours

API = ours("Deployment", "smarthr360-api")
NGINX = ours("Deployment", "smarthr360-nginx")
CONFIG = ours("ConfigMap", "smarthr360-config")
SERVICE = ours("Service", "smarthr360-api")
APPLICATION = ours("Application", "smarthr360-production")
SECRET = ours("Secret", "smarthr360-secrets")

POD = "spec.template.spec"
ONE = f"{POD}.containers.0"
SECURITY = f"{ONE}.securityContext"
ALONE = {**API.manifest["spec"]["template"]["spec"], "topologySpreadConstraints": []}
CRON = made(
    "batch/v1",
    "CronJob",
    "report",
    spec={
        "schedule": "0 3 * * *",
        "jobTemplate": {"spec": {"template": {"metadata": {}, "spec": ALONE}}},
    },
)
TOKEN = "tH1sIsN0tARealT0kenBut1tL00ksL1ke0ne"
KNOWN_FORMATS = {
    "aws": "AKIA" + "NOTAREALKEY00000",
    "github": "ghp_" + "notarealtoken" * 3,
    "slack": "xoxb-" + "not-a-real-token",
    "private_key": "-----BEGIN RSA PRIVATE KEY-----\nnot-a-real-key\n-----END RSA PRIVATE KEY-----\n",
    "signed": "eyJub3RhcmVhbA.eyJub3RhcmVhbA.bm90YXJlYWxzaWduYXR1cmU",
}

PODS = [
    Example(
        "pods-run-as-non-root",
        API,
        edits(
            API,
            nothing_said=(f"{POD}.securityContext.runAsNonRoot", None),
            said_of_the_container=(f"{SECURITY}.runAsNonRoot", False),
            user_0=(f"{SECURITY}.runAsUser", 0),
            init_container=(f"{POD}.initContainers.0.securityContext.runAsNonRoot", False),
        )
        | {"cron_job": edited(CRON, "spec.jobTemplate.spec.template.spec.securityContext.runAsNonRoot", False)},
    ),
    Example(
        "pods-gain-no-privileges",
        API,
        edits(
            API,
            nothing_said=(f"{SECURITY}.allowPrivilegeEscalation", None),
            allowed=(f"{SECURITY}.allowPrivilegeEscalation", True),
            privileged=(f"{SECURITY}.privileged", True),
        ),
    ),
    Example(
        "pods-drop-capabilities",
        edited(API, f"{SECURITY}.capabilities.add", ["NET_BIND_SERVICE"]),
        edits(
            API,
            nothing_said=(f"{SECURITY}.capabilities", None),
            some=(f"{SECURITY}.capabilities.drop", ["NET_RAW"]),
            added=(f"{SECURITY}.capabilities.add", ["SYS_ADMIN"]),
        ),
    ),
    Example(
        "pods-filter-system-calls",
        edited(API, f"{SECURITY}.seccompProfile", {"type": "Localhost", "localhostProfile": "api.json"}),
        edits(
            API,
            nothing_said=(f"{POD}.securityContext.seccompProfile", None),
            unconfined=(f"{SECURITY}.seccompProfile", {"type": "Unconfined"}),
        ),
    ),
    Example(
        "pods-keep-their-image",
        NGINX,
        edits(
            NGINX,
            nothing_said=(f"{SECURITY}.readOnlyRootFilesystem", None),
            writable=(f"{SECURITY}.readOnlyRootFilesystem", False),
        ),
    ),
    Example(
        "pods-stay-off-the-node",
        API,
        edits(
            API,
            network=(f"{POD}.hostNetwork", True),
            processes=(f"{POD}.hostPID", True),
            memory=(f"{POD}.hostIPC", True),
            files=(f"{POD}.volumes.0", {"name": "tmp", "hostPath": {"path": "/"}}),
            port=(f"{ONE}.ports.0.hostPort", 8000),
        ),
    ),
    Example(
        "pods-keep-the-nodes-guards",
        edited(API, f"{SECURITY}.appArmorProfile", {"type": "RuntimeDefault"}),
        edits(
            API,
            app_armor=(f"{SECURITY}.appArmorProfile", {"type": "Unconfined"}),
            of_the_pod=(f"{POD}.securityContext.appArmorProfile", {"type": "Unconfined"}),
            se_linux=(f"{SECURITY}.seLinuxOptions", {"type": "spc_t"}),
            by_an_annotation=(
                "spec.template.metadata.annotations",
                {"container.apparmor.security.beta.kubernetes.io/api": "unconfined"},
            ),
        ),
    ),
    Example(
        "pods-go-where-they-are-put",
        API,
        edits(
            API,
            node=(f"{POD}.nodeName", "node-1"),
            rank=(f"{POD}.priorityClassName", "system-node-critical"),
            names=(f"{POD}.hostAliases", [{"ip": "192.0.2.1", "hostnames": ["postgres"]}]),
            name_server=(f"{POD}.dnsPolicy", "None"),
        ),
    ),
    Example(
        "pods-have-requests-and-limits",
        API,
        edits(
            API,
            nothing_said=(f"{ONE}.resources", None),
            no_memory_limit=(f"{ONE}.resources.limits.memory", None),
            no_request=(f"{ONE}.resources.requests", None),
            init_container=(f"{POD}.initContainers.0.resources.limits.cpu", None),
        ),
    ),
    Example("pods-say-when-they-are-ready", API, edits(API, nothing_said=(f"{ONE}.readinessProbe", None))),
    Example(
        "images-from-known-registries",
        API,
        edits(
            API,
            elsewhere=(f"{ONE}.image", "docker.io/somebody/smarthr360-api:1.0.0"),
            sounds_like_ours=(f"{ONE}.image", "ghcr.io/smarthr360-api/smarthr360-api:1.0.0"),
        ),
    ),
    Example(
        "images-stay-the-same",
        edited(API, f"{ONE}.image", f"ghcr.io/smarthr360/smarthr360-api@sha256:{'0' * 64}"),
        edits(
            API,
            latest=(f"{ONE}.image", "ghcr.io/smarthr360/smarthr360-api:latest"),
            no_tag=(f"{ONE}.image", "ghcr.io/smarthr360/smarthr360-api"),
            no_digest=(f"{ONE}.image", "ghcr.io/smarthr360/smarthr360-api@sha256:0"),
        ),
    ),
]

PLAIN_SIGHT = [
    Example(
        "secrets-not-in-environment-variables",
        edited(API, f"{ONE}.env", [{"name": "PASSWORD_MIN_LENGTH", "value": "12"}, {"name": "TOKEN", "value": "$(T)"}]),
        {
            "by_its_name": edited(API, f"{ONE}.env", [{"name": "DB_PASSWORD", "value": "planted"}]),
            "it_looks_random": edited(API, f"{ONE}.env", [{"name": "SALT", "value": TOKEN}]),
            "pulumi_knows_it": edited(API, f"{ONE}.env", [{"name": "NAME", "value": HIDDEN}]),
            **{
                kind: edited(API, f"{ONE}.env", [{"name": "SETTING", "value": value}])
                for kind, value in KNOWN_FORMATS.items()
            },
        },
    ),
    Example(
        "secrets-not-in-arguments",
        edited(API, f"{ONE}.args", ["--token-file=/run/token", "--password", "$(PASSWORD)"]),
        edits(
            API,
            behind_an_equals_sign=(f"{ONE}.args", ["--password=planted"]),
            in_an_argument_of_its_own=(f"{ONE}.args", ["--api-key", "planted"]),
            it_looks_random=(f"{ONE}.command", ["gunicorn", TOKEN]),
        ),
    ),
    Example(
        "secrets-not-in-config-maps",
        edited(
            CONFIG, "data.file", "# token = none\npassword: ${PASSWORD}\ntoken_file = /run/token\npassword=read()\n"
        ),
        edits(
            CONFIG,
            by_its_name=("data.jwtSigningKey", "planted"),
            in_a_line=("data.file", "user: smarthr360\npassword: planted\n"),
            quoted=("data.file", 'export API_TOKEN="planted"\n\n'),
            it_looks_random=("data.SALT", TOKEN),
            private_key=("data.FILE", KNOWN_FORMATS["private_key"]),
        ),
    ),
    Example(
        "secrets-not-in-annotations",
        edited(SERVICE, "metadata.annotations", {"example.com/secret-name": "smarthr360-secrets"}),
        {
            "of_the_object": edited(SERVICE, "metadata.annotations", {"example.com/token": "planted"}),
            "of_its_pods": edited(API, "spec.template.metadata.annotations.note", TOKEN),
            "label": edited(SERVICE, "metadata.labels.password", "planted"),
            "of_a_pod": edited(
                made("v1", "Pod", "one", spec=ALONE),
                "metadata.annotations",
                {"note": TOKEN},
            ),
        },
    ),
    Example(
        "secrets-not-in-addresses",
        edited(CONFIG, "data.BROKER_URL", "redis://:$(REDIS_PASSWORD)@redis:6379/0"),
        edits(
            CONFIG,
            password=("data.BROKER_URL", "redis://:planted@redis:6379/0"),
            user_and_password=("data.SITE", "https://somebody:planted@example.com/path"),
            token=("data.SITE", "https://example.com/hook?access_token=planted"),
        )
        | {"repository": edited(APPLICATION, "spec.source.repoURL", "https://git:planted@example.com/a.git")},
    ),
    Example("secrets-not-in-git", SECRET, {"rendered": replace(SECRET, owner=Owner.ARGO_CD)}),
]

SETTINGS = [
    Example(
        "debug-is-off",
        CONFIG,
        edits(CONFIG, on=("data.DEBUG", "true"), one=("data.DEBUG", "1"))
        | {"variable": edited(API, f"{ONE}.env", [{"name": "DJANGO_DEBUG", "value": "True"}])},
    ),
    Example(
        "cookies-and-redirects-are-secure",
        CONFIG,
        edits(
            CONFIG,
            session=("data.SESSION_COOKIE_SECURE", "false"),
            csrf=("data.CSRF_COOKIE_SECURE", "0"),
            redirect=("data.SECURE_SSL_REDIRECT", ""),
        ),
    ),
    Example(
        "hosts-and-origins-are-named",
        CONFIG,
        edits(
            CONFIG,
            any_host=("data.ALLOWED_HOSTS", "smarthr360.com,*"),
            any_origin=("data.CORS_ALLOWED_ORIGINS", "*"),
            plain_origin=("data.CSRF_TRUSTED_ORIGINS", "https://smarthr360.com, http://smarthr360.com"),
            switch=("data.CORS_ALLOW_ALL_ORIGINS", "true"),
        ),
    ),
    Example("production-logs-no-details", CONFIG, edits(CONFIG, debug=("data.LOG_LEVEL", "DEBUG"))),
    Example(
        "production-insists-on-https",
        CONFIG,
        edits(CONFIG, off=("data.SECURE_HSTS_SECONDS", "0"), a_day=("data.SECURE_HSTS_SECONDS", "86400")),
    ),
]
