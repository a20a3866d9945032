"""The configuration of one environment, as frozen and validated models, read once at the start.

This is the only reader of Pulumi's configuration. It knows no Pulumi resource and opens no file, so that a preview
works without a cluster.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any, Literal

from pydantic import Field, ValidationError, ValidationInfo, ValidatorFunctionWrapHandler, field_validator

from components.settings.addons import Addons
from components.settings.app import App, Hosts, Images
from components.settings.argocd import ArgoCd
from components.settings.base import Section
from components.settings.cluster import Cluster
from components.settings.edge import Edge, Monitoring
from components.settings.gitops import GitOps
from components.settings.identity import PRODUCTION, EnvironmentName
from components.settings.identity import fault as identity_fault
from components.settings.network import Network
from components.settings.raw import NAMESPACE, decode, is_text, printable, unread_keys
from components.settings.schema import is_model, sentences, type_of, with_defaults
from components.settings.secrets import ApplicationSecrets, ArgoCdSecrets, ExternalSecrets, Secrets
from components.settings.storage import Storage
from components.settings.together import RULES
from components.settings.types.names import Namespace
from components.settings.workloads import Api, Beat, Nginx, Postgres, Redis, Worker
from errors import UserError
from stack_file import PROJECT

_MAKE_UP = ", or let `make up` set it for the embedded cluster"
_SOURCES = f", or take it from a secret manager by {NAMESPACE}externalSecrets{_MAKE_UP}"
_ENCRYPTED = f"is encrypted, in whole or in part; allowed is plain text only, secrets belong in {NAMESPACE}secrets"
_PLAIN = (
    f"is not encrypted; type `pulumi config set --path --secret {NAMESPACE}secrets.NAME` for each, with a new value "
    "where the old one was committed"
)

_HALF = "holds half of a character (a lone surrogate), which can't be written anywhere; set it again"
_EXTERNAL = (
    "is not allowed beside externalSecrets, from whose secret manager it comes; "
    f"type `pulumi config rm --path {NAMESPACE}secrets.{{key}}`"
)


class Settings(Section):
    """Everything that one environment's stack says."""

    environment: EnvironmentName = Field(
        description="Which environment this is. "
        "Rules, risks and protection of `production` go by it, whatever the stack is called."
    )
    namespace: Namespace = Field(description="Kubernetes namespace that holds all of the environment.")
    delivery: Literal["gitops", "direct", "render"] = Field(
        default="gitops",
        description="Who applies the environment's objects. "
        "`gitops`: Argo CD, from Git; Pulumi writes them to rendered/. "
        "`direct`: Pulumi, and waits for them. `render`: nobody, Pulumi only writes them.",
    )
    cluster: Cluster = Field(description="The Kubernetes cluster.")
    hosts: Hosts = Field(description="Host names, each in one of the lists only.")
    images: Images = Field(description="Container images, never `latest`.")
    app: App = Field(default=App(), description="The Django application.")
    api: Api = Field(description="The API's pods.")
    worker: Worker = Field(description="The Celery workers' pods.")
    beat: Beat = Field(default=Beat(), description="Celery beat: one pod, and never more.")
    nginx: Nginx = Field(default=Nginx(), description="Nginx, for static and media files.")
    storage: Storage = Field(description="The volumes that several workloads share.")
    edge: Edge = Field(description="How the world reaches the environment.")
    network: Network = Field(
        default=Network(), description="What the pods are allowed to call; everything else is denied."
    )
    monitoring: Monitoring = Field(default=Monitoring(), description="How metrics are collected.")
    addons: Addons = Field(default=Addons(), description="What the stack installs in its cluster, beside Argo CD.")
    postgres: Postgres = Field(description="The PostgreSQL database.")
    redis: Redis = Field(default=Redis(), description="Redis, Celery's broker.")
    argocd: ArgoCd = Field(default=ArgoCd(), description="Argo CD itself; only with delivery `gitops`.")
    gitops: GitOps = Field(description="What Argo CD applies, from where, when, and who is allowed to sync.")
    external_secrets: ExternalSecrets | None = Field(
        default=None,
        description="The application's secrets come from a secret manager, by the External Secrets operator: the "
        "recommended source in production. Left out, they are in `secrets`.",
    )
    secrets: Secrets | ArgoCdSecrets = Field(
        description="Secrets, every one of them encrypted. With `externalSecrets`, only what Argo CD needs: "
        "`gitToken`, `slackToken` and `ssoClientSecret`.",
    )

    @property
    def protect(self) -> bool:
        """Whether Pulumi refuses to delete or replace what holds data; docs/protection.md says how to mean it."""
        return self.environment == PRODUCTION

    @field_validator("secrets", mode="wrap")
    @classmethod
    def _by_source(
        cls, given: object, _handler: ValidatorFunctionWrapHandler, info: ValidationInfo
    ) -> Secrets | ArgoCdSecrets:
        # A source that is refused itself is a fault already, and counts as a source.
        here = info.data.get("external_secrets", ...) is None
        return (Secrets if here else ArgoCdSecrets).model_validate(given)

    @field_validator("*")
    @classmethod
    def _fits_the_others(cls, section: Any, info: ValidationInfo) -> Any:
        for rule in RULES.get(str(info.field_name), ()):
            rule(info.data, section)
        return section


FIELDS = {str(field.alias): field for field in Settings.model_fields.values()}
"""The top-level keys."""


def parse(raw: Mapping[str, object], secret_keys: Collection[str], stack: str | None = None) -> Settings:
    """Make the settings from what Pulumi hands to a program.

    Args:
        raw: Configuration by full key (`smarthr360:api`): plain values as text, objects as JSON text. Of other
            namespaces only the name is looked at. "" and {} count as missing, because Pulumi.yaml gives them as
            defaults.
        secret_keys: Which of the keys are encrypted, in whole or in part.
        stack: The stack's name, which has to go with what it says; None where no stack says it.

    Raises:
        UserError: With every fault there is, one sentence each, which starts with the full key. No secret is in them.
    """
    own = {key.removeprefix(NAMESPACE): value for key, value in raw.items() if key.startswith(NAMESPACE)}
    objects = {name for name, field in FIELDS.items() if is_model(type_of(field))}
    values = {
        name: decode(value) if name in objects else value for name, value in own.items() if value not in ("", "{}")
    }
    encrypted = {name for name in FIELDS if f"{NAMESPACE}{name}" in secret_keys} - {"secrets"}
    faults = unread_keys(raw, PROJECT)
    faults += [f"{NAMESPACE}{name}: {_ENCRYPTED}" for name in values if name in encrypted]
    environment = None if "environment" in encrypted else values.get("environment")
    if stack is not None and (misnamed := identity_fault(stack, environment)):
        faults.append(f"{NAMESPACE}environment: {misnamed}")
    halves = {name for name, value in values.items() if not is_text({name: value})}
    faults += [f"{NAMESPACE}{printable(name)}: {_HALF}" for name in halves]
    if "secrets" in values and f"{NAMESPACE}secrets" not in secret_keys:
        faults.append(f"{NAMESPACE}secrets: {_PLAIN}")
    if "externalSecrets" in values:
        values["secrets"], elsewhere = _without_application(values.get("secrets", {}))
        faults += [f"{NAMESPACE}secrets.{key}: {_EXTERNAL.format(key=key)}" for key in elsewhere]
    # What is encrypted could be a secret in the wrong place, so nothing else is said about it.
    unread = tuple(f"{NAMESPACE}{name}{mark}" for name in encrypted | halves for mark in ":.")
    try:
        read = {name: value for name, value in values.items() if name not in encrypted | halves}
        settings = Settings.model_validate_json(json.dumps(with_defaults(Settings, read)))
    except ValidationError as error:
        refused = sentences(Settings, error, NAMESPACE, offer={"cluster": _MAKE_UP, "secrets": _SOURCES})
        faults += [sentence for sentence in refused if not sentence.startswith(unread)]
    if faults:
        # Raised out here, so that pydantic's error, which holds the input, does not travel along.
        raise UserError(*faults)
    return settings


def load(stack: str) -> Settings:
    """Return the settings of the stack that Pulumi is running this program for.

    Args:
        stack: The stack's name.

    Raises:
        UserError: With every fault there is, one sentence each, which starts with the full key. No secret is in them.
    """
    from pulumi.runtime import config  # imported late: much that is not a Pulumi program uses these models

    raw = config.CONFIG.get()
    return parse(raw, {key for key in raw if config.is_config_secret(key)}, stack)


def _without_application(secrets: object) -> tuple[object, list[str]]:
    """Return secrets without the application's own, and the keys of these."""
    if not isinstance(secrets, dict):
        return secrets, []
    own = {field.alias for field in ApplicationSecrets.model_fields.values()}
    return {key: value for key, value in secrets.items() if key not in own}, [key for key in secrets if key in own]
