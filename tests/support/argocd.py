"""Argo CD's install for the tests: what the component makes, without an engine."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import pulumi
from pulumi.runtime import mocks, settings
from pydantic import SecretStr

from components.platform.argocd.install import ArgoCd, ArgoCdArgs
from components.settings import Secrets
from components.settings.argocd import ArgoCd as ArgoCdSettings

REPOSITORY = "https://git.example.com/smarthr360/platform.git"


def argocd_settings(**values: object) -> ArgoCdSettings:
    """Return settings from what YAML would hold."""
    return ArgoCdSettings.model_validate_json(json.dumps(values))


@dataclass(frozen=True)
class Made:
    """One resource that the component asked for.

    Attributes:
        inputs: its inputs, as the SDK sends them: numbers are floats, and secrets are marked.
        request: what else the SDK sends.
        urn: its URN.
    """

    inputs: Mapping[str, Any]
    request: Any
    urn: str

    @property
    def key(self) -> tuple[str, str]:
        """Kind and name of the object."""
        return self.inputs["kind"], self.inputs["metadata"]["name"]


class _Monitor(mocks.MockMonitor):
    def __init__(self) -> None:
        super().__init__(_Echo())
        self.made: list[Made] = []

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        answer = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        if request.type.startswith("kubernetes:"):
            self.made.append(Made(self.resources[answer.urn].state, request, answer.urn))
        return answer


class _Echo(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        return f"{args.name}-id", args.inputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> NoReturn:
        raise AssertionError(f"the component calls {args.token}, which a preview without a cluster can't answer")


def install(
    found: ArgoCdSettings,
    *,
    protect: bool = False,
    slack_token: str = "",
    git_token: str = "",
    sso_client_secret: str = "",
) -> dict[tuple[str, str], Made]:
    """Return what the component makes, by kind and name."""
    unused = SecretStr("n" * 50)
    secrets = Secrets(
        secretKey=unused,
        jwtSecretKey=unused,
        dbUser=unused,
        dbPassword=unused,
        redisPassword=unused,
        registryToken=unused,
        slackToken=SecretStr(slack_token),
        gitToken=SecretStr(git_token),
        ssoClientSecret=SecretStr(sso_client_secret),
    )
    monitor = _Monitor()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        settings.reset_options()
        mock_settings: Any = mocks.MockSettings
        engine = mocks.MockEngine(None)
        settings.configure(mock_settings(project="test", stack="test", dry_run=False, monitor=monitor, engine=engine))

        def program() -> None:
            ArgoCd("argocd", ArgoCdArgs(found, REPOSITORY, secrets, protect))

        loop.run_until_complete(pulumi.runtime.run_in_stack(program))
    finally:
        loop.close()
        asyncio.set_event_loop(None)
    assert len({made.key for made in monitor.made}) == len(monitor.made)
    return {made.key: made for made in monitor.made}
