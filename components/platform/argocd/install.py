"""Argo CD in a cluster: its namespace, its release as we configure it, its secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as k8s
from pydantic import SecretStr

from components.environment.metadata import RESTRICTED, metadata
from components.platform.argocd import manifests, notifications, release
from components.platform.argocd.config import SSO_SECRET, config_maps
from components.settings import ArgoCd as ArgoCdSettings
from components.settings import ArgoCdSecrets


@dataclass(frozen=True)
class ArgoCdArgs:
    """What Argo CD is made from.

    Args:
        settings: the stack's settings of Argo CD.
        repository: https:// address of the Git repository that the Git token is for.
        secrets: the decrypted Slack token, Git token and secret of the OIDC client; they leave this component only as
            Pulumi secrets.
        protect: whether Pulumi refuses to delete the namespace and the definitions.
    """

    settings: ArgoCdSettings
    repository: str
    secrets: ArgoCdSecrets
    protect: bool


class ArgoCd(pulumi.ComponentResource):
    """Installs Argo CD from its own release manifests.

    What depends on this component waits until all of it is there and ready.

    Type token `smarthr360:platform:ArgoCd`; children: `<name>-namespace`; each object of the release by its name
    without `argocd-` and its kind, such as `<name>-server-deployment`; `<name>-default-project`;
    `<name>-notifications-secret` and, where their values are given, `<name>-sso-secret` and `<name>-repository-secret`.

    Args:
        name: the component's name, and the prefix of its children's.
        args: see `ArgoCdArgs`.
        opts: the usual resource options, with the provider of the cluster.

    Raises:
        pulumi.RunError: the release's manifests can't be had, or have another checksum.
    """

    namespace: pulumi.Output[str]
    """The namespace's name, known once the namespace is there."""

    def __init__(self, name: str, args: ArgoCdArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("smarthr360:platform:ArgoCd", name, {}, opts)
        settings = args.settings
        namespace = k8s.core.v1.Namespace(
            f"{name}-namespace",
            metadata=metadata(settings.namespace, None, None, more_labels=RESTRICTED),
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        self.namespace = namespace.metadata.name
        done: list[pulumi.Resource] = [namespace, *self._secrets(name, args)]
        published = release.HIGHLY_AVAILABLE if settings.high_availability else release.SINGLE
        parsed = manifests.parse(published.read())
        for step in manifests.steps(manifests.configured(parsed, settings.namespace, config_maps(settings))):
            done += [self._object(name, manifest, args, list(done)) for manifest in step]
        k8s.apiextensions.CustomResource(
            f"{name}-default-project",
            api_version="argoproj.io/v1alpha1",
            kind="AppProject",
            metadata=metadata("default", self.namespace, None),
            # argocd-server makes it where it is missing, and then it allows everything.
            spec={"description": "Nothing; each environment has its own.", "sourceRepos": [], "destinations": []},
            opts=pulumi.ResourceOptions(parent=self, depends_on=done),
        )
        self.register_outputs({"namespace": self.namespace})

    def _object(
        self, name: str, manifest: manifests.Manifest, args: ArgoCdArgs, before: list[pulumi.Resource]
    ) -> pulumi.Resource:
        """Register one object of the release, as the type that the provider's own SDK has for its kind."""
        kind, version = manifest["kind"], manifest["apiVersion"]
        options = pulumi.ResourceOptions(parent=self, depends_on=before)
        if kind == "CustomResourceDefinition":
            options.protect = args.protect
            options.retain_on_delete = args.settings.keep_definitions
        if kind == "Secret":
            # argocd-server fills it; what a refresh reads of it must not be in the state as plain text.
            options.additional_secret_outputs = ["data", "stringData"]
        return pulumi.CustomResource(
            f"kubernetes:{version if '/' in version else f'core/{version}'}:{kind}",
            f"{name}-{manifest['metadata']['name'].removeprefix('argocd-')}-{kind.lower()}",
            dict(manifest),
            options,
        )

    def _secrets(self, name: str, args: ArgoCdArgs) -> Iterator[pulumi.Resource]:
        """Make the Secrets whose content is ours; Argo CD looks for them under these names, keys and labels."""
        secrets = args.secrets

        def secret(
            suffix: str, object_name: str, data: Mapping[str, pulumi.Input[str]], labels: dict[str, str] | None = None
        ) -> pulumi.Resource:
            return k8s.core.v1.Secret(
                f"{name}-{suffix}",
                metadata=metadata(
                    object_name, self.namespace, None, more_labels={**manifests.PART_OF_ARGOCD, **(labels or {})}
                ),
                type="Opaque",
                string_data=dict(data) or None,  # the API server drops an empty one, and a refresh would miss it
                opts=pulumi.ResourceOptions(parent=self),
            )

        # The notifications controller wants this one even if it is empty.
        tokens = {notifications.TOKEN: _hidden(secrets.slack_token)} if secrets.slack_token.get_secret_value() else {}
        yield secret("notifications-secret", manifests.NOTIFICATIONS_SECRET, tokens)
        if secrets.sso_client_secret.get_secret_value():
            yield secret("sso-secret", SSO_SECRET, {"clientSecret": _hidden(secrets.sso_client_secret)})
        if secrets.git_token.get_secret_value():
            # GitHub, GitLab and Bitbucket take any user name beside a token.
            password = _hidden(secrets.git_token)
            yield secret(
                "repository-secret",
                "argocd-repository",
                {"type": "git", "url": args.repository, "username": "git", "password": password},
                {"argocd.argoproj.io/secret-type": "repository"},
            )


def _hidden(value: SecretStr) -> pulumi.Output[str]:
    return pulumi.Output.secret(value.get_secret_value())
