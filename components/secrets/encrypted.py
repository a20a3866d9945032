"""The secrets of one environment, from Pulumi's encrypted config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s

from components.environment.metadata import metadata
from components.secrets.contents import Content, SecretNames, contents
from components.settings import ApplicationSecrets


@dataclass(frozen=True)
class SecretsArgs:
    """What the secrets are made from.

    Args:
        namespace: where they are made.
        values: the decrypted values; they leave this component only as Pulumi secrets.
        registry: the registry that the pull secret is for, with or without a path.
        user: who logs in to it.
    """

    namespace: pulumi.Input[str]
    values: ApplicationSecrets
    registry: str
    user: str


class Secrets(pulumi.ComponentResource):
    """Makes one Secret for each program, with what that program needs and nothing more.

    Type token `smarthr360:environment:Secrets`; children: `<name>-app` (environment variables of the application),
    `<name>-postgres` (the server's user and password), `<name>-redis` (a piece of redis.conf, so that the password
    is in no argument list) and `<name>-pull` (the login to the registry).

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `SecretsArgs`.
        opts: the usual resource options.
    """

    names: SecretNames
    """Their names, known once they are there."""
    checksums: Mapping[str, str]
    """What rolls the pods that read them, by the end of the Secret's name here, such as `app`."""

    def __init__(self, name: str, args: SecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:environment:Secrets", name, {}, opts)

        def secret(content: Content) -> pulumi.Output[str]:
            resource = k8s.core.v1.Secret(
                f"{name}-{content.suffix}",
                metadata=metadata(content.name, args.namespace, content.component),
                type=content.type,
                string_data={key: pulumi.Output.secret(value.of(args.values)) for key, value in content.data.items()},
                opts=pulumi.ResourceOptions(parent=self),
            )
            return resource.metadata.name

        every = contents(args.registry, args.user)
        self.names = SecretNames(*map(secret, every))
        self.checksums = {content.suffix: content.checksum(args.values) for content in every}
        self.register_outputs(vars(self.names))
