"""A stack's settings: frozen, validated models, and the one place for defaults.

docs/configuration.md is generated from them.
"""

from components.settings.addons import Addons
from components.settings.app import App, Hosts, Images
from components.settings.argocd import ArgoCd
from components.settings.base import Autoscaling, Resources
from components.settings.cluster import Cluster
from components.settings.edge import Edge, Monitoring
from components.settings.gitops import GitOps
from components.settings.identity import Identity
from components.settings.load_balancer import LoadBalancer
from components.settings.network import Destination, Network
from components.settings.raw import NAMESPACE
from components.settings.secrets import ApplicationSecrets, ArgoCdSecrets, ExternalSecrets, Secrets
from components.settings.stack import Settings, load, parse
from components.settings.storage import Storage, StorageClasses
from components.settings.workloads import Api, Beat, Nginx, Postgres, Redis, Worker

__all__ = [
    "NAMESPACE",
    "Addons",
    "Api",
    "App",
    "ApplicationSecrets",
    "ArgoCd",
    "ArgoCdSecrets",
    "Autoscaling",
    "Beat",
    "Cluster",
    "Destination",
    "Edge",
    "ExternalSecrets",
    "GitOps",
    "Hosts",
    "Identity",
    "Images",
    "LoadBalancer",
    "Monitoring",
    "Network",
    "Nginx",
    "Postgres",
    "Redis",
    "Resources",
    "Secrets",
    "Settings",
    "Storage",
    "StorageClasses",
    "Worker",
    "load",
    "parse",
]
