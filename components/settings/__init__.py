"""A stack's settings: frozen, validated models, and the one place for defaults.

docs/configuration.md is generated from them.
"""

from components.settings.app import App, Hosts, Images, Secrets
from components.settings.base import Autoscaling, Resources
from components.settings.cluster import Cluster
from components.settings.edge import Edge, Monitoring
from components.settings.stack import NAMESPACE, ConfigError, Settings, load, parse
from components.settings.workloads import Api, Beat, Nginx, Postgres, Redis, Storage, Worker

__all__ = [
    "NAMESPACE",
    "Api",
    "App",
    "Autoscaling",
    "Beat",
    "Cluster",
    "ConfigError",
    "Edge",
    "Hosts",
    "Images",
    "Monitoring",
    "Nginx",
    "Postgres",
    "Redis",
    "Resources",
    "Secrets",
    "Settings",
    "Storage",
    "Worker",
    "load",
    "parse",
]
