"""A stack's settings: frozen, validated models, and the one place for defaults.

docs/configuration.md is generated from them.
"""

from components.settings.app import App, Hosts, Images, Secrets
from components.settings.base import Autoscaling, Resources
from components.settings.cluster import Cluster
from components.settings.stack import NAMESPACE, ConfigError, Settings, load, parse
from components.settings.workloads import Api, Postgres, Redis

__all__ = [
    "NAMESPACE",
    "Api",
    "App",
    "Autoscaling",
    "Cluster",
    "ConfigError",
    "Hosts",
    "Images",
    "Postgres",
    "Redis",
    "Resources",
    "Secrets",
    "Settings",
    "load",
    "parse",
]
