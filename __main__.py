"""SmartHR360, whole: a cluster, and one environment in it. What differs between stacks is in Pulumi.<stack>.yaml."""

import gc
from pathlib import Path

import pulumi

from components.cluster.connection import ClusterArgs, connect
from components.delivery.delivery import Delivery, DeliveryArgs, left_to_do
from components.delivery.rendering import Rendering, RenderingArgs
from components.environment.environment import Environment, EnvironmentArgs
from components.neighbours import clashes
from components.platform import load_balancer
from components.platform.argocd.install import ArgoCd, ArgoCdArgs
from components.platform.platform import Platform, PlatformArgs
from components.settings import Identity, Settings, load
from errors import UserError
from stack_file import read

SDKS = {"pulumi_aws": "eks", "pulumi_gcp": "gke", "pulumi_azure_native": "aks"}
"""The clouds' packages, which are installed only where a stack names the cloud."""


def read_settings(stack: str) -> Settings:
    """Return the stack's settings; what is wrong with them, or with its file, is reported as a whole."""
    folder = Path(__file__).parent
    file = folder / f"Pulumi.{stack}.yaml"
    plain: list[str] = []
    try:
        if file.exists():
            # The engine says only which top-level keys hold a secret, and one encrypted text would cover the others.
            plain = read(file).faults
        settings = load(stack)
    except UserError as error:
        raise pulumi.RunError("\n".join([*error.sentences, *plain])) from None
    if faults := [*plain, *clashes(folder, stack)]:
        raise pulumi.RunError("\n".join(faults))
    return settings


def main() -> None:
    """Read the settings, connect to the cluster, make the environment, and have Argo CD deliver it."""
    # What is made here lives until the end, and to look for garbage in it took a quarter of the time (bench/start.py).
    gc.set_threshold(100_000, 50, 100)
    stack = pulumi.get_stack()
    settings = read_settings(stack)

    identity = Identity(stack)
    cluster = rendering = None
    if settings.delivery != "render":
        wanted = ClusterArgs(settings.cluster, settings.environment, settings.storage.classes, settings.protect)
        try:
            cluster = connect("cluster", wanted)
        except ModuleNotFoundError as error:
            cloud = SDKS.get(str(error.name))
            if not cloud:
                raise
            raise pulumi.RunError(f"the SDK of {cloud} is not installed; type `make venv CLOUD={cloud}`") from None
    if settings.delivery != "direct":
        rendering = Rendering("rendered", RenderingArgs(identity.rendered))
    platform = []
    if cluster and settings.addons.names:
        storage_class = settings.storage.classes.read_write_once
        annotations = load_balancer.service_annotations(settings.addons.load_balancer, settings.cluster, cluster.tags)
        addons = PlatformArgs(
            settings.addons, settings.edge, settings.monitoring, storage_class, annotations, settings.protect
        )
        platform = [Platform("platform", addons, pulumi.ResourceOptions(provider=cluster.provider))]
    after_platform = pulumi.ResourceOptions(depends_on=platform)
    environment = Environment("smarthr360", EnvironmentArgs(settings, identity, cluster, rendering), after_platform)
    if cluster and rendering:
        argocd = []
        if settings.argocd.install:
            args = ArgoCdArgs(settings.argocd, settings.gitops.repository, settings.secrets, settings.protect)
            argocd = [ArgoCd("argocd", args, pulumi.ResourceOptions(provider=cluster.provider))]
        after_argocd = pulumi.ResourceOptions(provider=cluster.provider, depends_on=argocd)
        Delivery("delivery", DeliveryArgs(settings, identity, rendering), after_argocd)

    if cluster and settings.cluster.creation:
        # It holds no credential, but the answer of a cloud from which it is made can be marked as a secret.
        pulumi.export("kubeconfig", pulumi.Output.unsecret(pulumi.Output.from_input(cluster.kubeconfig)))
    pulumi.export("namespace", environment.namespace)
    pulumi.export("site", [f"https://{host}" for host in settings.hosts.site])
    pulumi.export("api", [f"https://{host}" for host in settings.hosts.api])
    if cluster and rendering:
        pulumi.export("leftToDo", left_to_do(settings, identity))


main()
