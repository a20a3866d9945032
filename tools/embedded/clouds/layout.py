"""Where the stand-ins keep their things, and how the engine comes to find them."""

from __future__ import annotations

import base64
import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from errors import UserError
from files import write_private
from snapshot.fake_cloud import NOWHERE, Endpoint
from tools.embedded.clouds.schema import PACKAGES

COMMANDS = ("aws", "gke-gcloud-auth-plugin", "kubelogin")
"""What a kubeconfig of each cloud calls for a credential."""

_ROOT = Path(__file__).resolve().parents[3]
_FOLDER, _KUBECONFIG = "SMARTHR360_CLOUDS", "SMARTHR360_CLOUDS_KUBECONFIG"


@dataclass(frozen=True)
class CloudLayout:
    """The files of one set of clouds that do not exist.

    Args:
        folder: where they keep what exists in them; private.
        kubeconfig: the administrator's kubeconfig of the cluster that plays every cluster of every cloud.
    """

    folder: Path
    kubeconfig: Path

    @classmethod
    def named(cls) -> CloudLayout:
        """The one that the environment names.

        Raises:
            UserError: it names none: somebody has these programs on PATH by mistake.
        """
        folder, kubeconfig = os.environ.get(_FOLDER), os.environ.get(_KUBECONFIG)
        if not folder or not kubeconfig:
            raise UserError(
                f"this is a stand-in for a cloud, for tests and `make preview-cloud` only, and {_FOLDER} and "
                f"{_KUBECONFIG} are not set; take its folder off PATH to reach the real cloud"
            )
        return cls(Path(folder), Path(kubeconfig))

    @property
    def bin(self) -> Path:
        """The folder to put in front of PATH."""
        return self.folder / "bin"

    @property
    def failures(self) -> Path:
        """Which operations fail; see `tools.embedded.clouds.provider`."""
        return self.folder / "failures.json"

    def existing(self, provider: str) -> Path:
        """What exists in a cloud; see `tools.embedded.clouds.cloud`."""
        return self.folder / f"{provider}.json"

    @property
    def endpoint(self) -> Endpoint:
        """The API server that the kubeconfig names; `NOWHERE` where there is no such file, as for a preview."""
        if not self.kubeconfig.exists():
            return NOWHERE
        cluster = self._content()["clusters"][0]["cluster"]
        return Endpoint(str(cluster["server"]), str(cluster["certificate-authority-data"]))

    @property
    def administrator(self) -> str:
        """The token of the cluster's administrator."""
        return str(self._content()["users"][0]["user"]["token"])

    def prepare(self) -> None:
        """Make the folder and, in it, the programs that the engine and the kubeconfigs call.

        If the cluster is there already, they learn whose certificates to trust.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        programs = {f"pulumi-resource-{provider}": f"provider {provider}" for provider in PACKAGES}
        programs |= {command: f"credentials {command}" for command in COMMANDS}
        for name, call in programs.items():
            path = self.bin / name
            write_private(
                path,
                "#!/bin/sh\n"
                "# A stand-in that talks to no cloud: see docs/clouds-without-a-cloud.md.\n"
                f"PYTHONPATH={shlex.quote(str(_ROOT))} exec {shlex.quote(sys.executable)} "
                f'-m tools.embedded.clouds.{call} "$@"\n',
            )
            path.chmod(0o700)
        if self.kubeconfig.exists():
            write_private(self._authority, base64.b64decode(self.endpoint.authority))

    def environment(self, environment: dict[str, str]) -> dict[str, str]:
        """An environment in which the stand-ins are found instead of the clouds.

        Args:
            environment: what to start from.
        """
        # By its DNS name, a control plane on GKE has a certificate of Google's public authority. Here it has the
        # embedded cluster's, which is therefore taken for a public one.
        trusted = {"SSL_CERT_FILE": str(self._authority)} if self._authority.exists() else {}
        return environment | {
            **trusted,
            _FOLDER: str(self.folder),
            _KUBECONFIG: str(self.kubeconfig),
            "PATH": f"{self.bin}{os.pathsep}{environment.get('PATH', os.defpath)}",
        }

    @property
    def _authority(self) -> Path:
        return self.folder / "authority.crt"

    def _content(self) -> dict[str, list[dict[str, Any]]]:
        content: dict[str, list[dict[str, Any]]] = yaml.safe_load(self.kubeconfig.read_text())
        return content
