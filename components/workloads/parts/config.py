"""The application's configuration that is no secret: the config map smarthr360-config."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import checksum, metadata
from components.settings import Api as ApiSettings
from components.settings import App as AppSettings
from components.settings import Hosts
from components.settings.identity import KNOWN, PRODUCTION
from components.workloads import postgres, redis

QUEUES = ("default", "ml_tasks", "exports")
"""Celery's queues; tasks that name none go to the first."""


@dataclass(frozen=True)
class AppConfigArgs:
    """What the config map is made from.

    Args:
        namespace: where it is made.
        environment: which environment this is; one of its own name has the Django settings of production.
        app: debug, log level and HSTS.
        hosts: the host names that the site and the API answer to.
        api: the API's settings, of which its server processes are configured here.
    """

    namespace: pulumi.Input[str]
    environment: str
    app: AppSettings
    hosts: Hosts
    api: ApiSettings


class AppConfig(pulumi.ComponentResource):
    """Makes the config map that the API, the workers and beat read as environment variables.

    Type token `smarthr360:workloads:AppConfig`; children: `<name>-map`.

    Args:
        name: the component's name, and the prefix of its child's.
        args: see `AppConfigArgs`.
        opts: the usual resource options.
    """

    name: pulumi.Output[str]
    """The config map's name."""

    checksum: str
    """A digest of its content: as an annotation of a pod template it rolls the pods when the content changes."""

    def __init__(self, name: str, args: AppConfigArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:workloads:AppConfig", name, {}, opts)
        data = app_config_data(args)
        config_map = k8s.core.v1.ConfigMap(
            f"{name}-map",
            metadata=metadata("smarthr360-config", args.namespace, "config"),
            data=data,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.name = config_map.metadata.name
        self.checksum = checksum(data)
        self.register_outputs({"name": self.name})


def app_config_data(args: AppConfigArgs) -> dict[str, str]:
    """The environment variables of the application, as the Django settings of SmartHR360 read them."""
    origins = ",".join(f"https://{host}" for host in (*args.hosts.site, *args.hosts.api))
    broker = f"{redis.SERVICE}:{redis.PORT}"
    return {
        # The application has settings for those that everybody knows; whatever else there is runs as production does.
        "DJANGO_SETTINGS_MODULE": f"config.settings.{args.environment if args.environment in KNOWN else PRODUCTION}",
        "ENVIRONMENT": args.environment,
        "DEBUG": _boolean(args.app.debug),
        "LOG_LEVEL": args.app.log_level,
        # The probes ask for localhost.
        "ALLOWED_HOSTS": ",".join((*args.hosts.site, *args.hosts.api, "localhost")),
        "CORS_ALLOWED_ORIGINS": origins,
        "CSRF_TRUSTED_ORIGINS": origins,
        "DB_HOST": postgres.SERVICE,
        "DB_PORT": str(postgres.PORT),
        "DB_NAME": postgres.DATABASE,
        "REDIS_HOST": redis.SERVICE,
        "REDIS_PORT": str(redis.PORT),
        # Without the password: the application adds REDIS_PASSWORD, which is a secret.
        "CELERY_BROKER_URL": f"redis://{broker}/0",
        "CELERY_RESULT_BACKEND": f"redis://{broker}/1",
        "CELERY_TASK_DEFAULT_QUEUE": QUEUES[0],
        "GUNICORN_WORKERS": str(args.api.gunicorn.workers),
        "GUNICORN_THREADS": str(args.api.gunicorn.threads),
        "GUNICORN_TIMEOUT": str(int(args.api.gunicorn.timeout.seconds)),
        "FUTURE_SKILLS_USE_ML": "true",
        "ML_MODEL_PATH": "/app/artifacts/models",
        "SECURE_SSL_REDIRECT": "true",
        "SESSION_COOKIE_SECURE": "true",
        "CSRF_COOKIE_SECURE": "true",
        "SECURE_HSTS_SECONDS": str(int(args.app.hsts.seconds)),
        "ENABLE_PROMETHEUS": "true",
        # Migrations run once per release, not in every replica at once.
        "AUTO_MIGRATE": "false",
    }


def _boolean(value: bool) -> str:
    return str(value).lower()
