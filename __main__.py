"""SmartHR360, whole: a cluster, and one environment in it. What differs between stacks is in Pulumi.<stack>.yaml."""

import pulumi

from components.cluster.existing import ExistingCluster, ExistingClusterArgs
from components.environment import Environment, EnvironmentArgs
from components.settings import ConfigError, load


def main() -> None:
    """Read the settings, connect to the cluster, make the environment."""
    try:
        settings = load()
    except ConfigError as error:
        raise pulumi.RunError("\n".join(error.errors)) from None

    cluster = ExistingCluster(
        "cluster",
        ExistingClusterArgs(
            kubeconfig=settings.cluster.kubeconfig,
            context=settings.cluster.context,
            read_write_once=settings.cluster.storage_classes.read_write_once,
            read_write_many=settings.cluster.storage_classes.read_write_many,
        ),
    )
    environment = Environment("smarthr360", EnvironmentArgs(cluster.connection, settings))

    pulumi.export("namespace", environment.namespace)
    pulumi.export("site", [f"https://{host}" for host in settings.hosts.site])
    pulumi.export("api", [f"https://{host}" for host in settings.hosts.api])


main()
