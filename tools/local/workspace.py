"""Where the embedded default keeps its things: all of it in .local/, none of it committed."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from errors import UserError
from files import link, lock, write_private
from tools.embedded.cluster.state import Layout
from tools.local.checkout import settle

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Workspace:
    """The folders and files under .local/.

    Args:
        root: the checkout.
    """

    root: Path = ROOT

    @property
    def local(self) -> Path:
        """The one folder that holds everything."""
        return self.root / ".local"

    @property
    def bin(self) -> Path:
        """Links to the tools, for PATH."""
        return self.local / "bin"

    @property
    def engine(self) -> Path:
        """The real Pulumi; `pulumi` beside it is our launcher."""
        return self.bin / "pulumi-engine"

    @property
    def layout(self) -> Layout:
        """The files of the embedded cluster."""
        return Layout(self.local)

    @property
    def backend(self) -> Path:
        """The stacks' states: Pulumi's file backend, which goes when the cluster goes whose objects it lists."""
        return self.layout.cluster / "state"

    @property
    def temporary(self) -> Path:
        """For temporary files, until everything is stopped: the Kubernetes provider leaves a kubeconfig at each run."""
        return self.local / "tmp"

    @property
    def argocd_owner(self) -> Path:
        """The name of the stack that installs Argo CD on the cluster."""
        return self.layout.cluster / "argocd-owner"

    @property
    def passphrase(self) -> Path:
        """What the local stacks' secrets are encrypted with."""
        return self.local / "passphrase"

    @property
    def project(self) -> Path:
        """A project folder of its own for `pulumi stack init` and `pulumi config`, which write beside Pulumi.yaml.

        So the generated secrets and their salt land in .local/, never in the committed stack file.
        """
        return self.local / "project"

    @property
    def pulumi_home(self) -> Path:
        """Pulumi's own settings, apart from those of the person."""
        return self.local / "pulumi"

    @property
    def kubeconfig(self) -> Path:
        """The embedded cluster's kubeconfig."""
        return self.local / "kubeconfig"

    @property
    def repository(self) -> Path:
        """The bare Git repository in place of the real one: Argo CD syncs from it."""
        return self.local / "gitops.git"

    def prepare(self, tools: Mapping[str, Path]) -> None:
        """Make the folders, the passphrase and the links to the tools; what is there stays.

        Args:
            tools: file names and where they are, as the engine installer reports.

        Raises:
            UserError: .local/ is a copy of another checkout's, or its passphrase is not the one that it had.
        """
        self.local.mkdir(mode=0o700, exist_ok=True)
        self.local.chmod(0o700)  # whoever took a lock in it first has made it for everybody
        with lock(self.local / "workspace.lock"):
            settle(self.layout, _report)
            self._ensure_passphrase()
            for folder in (self.backend, self.pulumi_home, self.bin, self.temporary):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            link(self.engine, tools["pulumi"])
            for name in ("kubectl", "argocd"):
                if name in tools:
                    link(self.bin / name, tools[name])
            # The language host starts this one, and looks for it on PATH.
            link(self.bin / "pulumi-language-python-exec", tools["pulumi-language-python-exec"])
            provider = tools["pulumi-resource-kubernetes"]
            # A provider in Pulumi's own plugin folder is used without a warning; one on PATH is not.
            version = provider.parent.name.partition("-")[0]
            plugin = self.pulumi_home / "plugins" / f"resource-kubernetes-v{version}"
            plugin.mkdir(parents=True, exist_ok=True)
            link(plugin / provider.name, provider)
            launcher = self.bin / "pulumi"
            write_private(
                launcher,
                "#!/bin/sh\n"
                "# Pulumi with this checkout's stacks: see tools/local/pulumi_wrapper.py.\n"
                f"exec '{self.root}/.venv/bin/python' '{self.root}/tools/local/pulumi_wrapper.py' \"$@\"\n",
            )
            launcher.chmod(0o700)

    def _ensure_passphrase(self) -> None:
        """Make the passphrase where nothing is encrypted with it yet."""
        known = self.passphrase.with_suffix(".sha256")
        if not self.passphrase.exists() and not any(self.backend.glob(".pulumi/stacks/*/*.json")):
            # Nobody can read the secrets that were made for the last one.
            shutil.rmtree(self.project, ignore_errors=True)
            known.unlink(missing_ok=True)
            write_private(self.passphrase, secrets.token_urlsafe(32))
        digest = hashlib.sha256(self.passphrase.read_bytes()).hexdigest() if self.passphrase.exists() else ""
        if not known.exists() and digest:
            write_private(known, digest)
        if not digest or known.read_text(errors="replace") != digest:
            raise UserError(
                f"{self.passphrase} is {'another one than it was' if digest else 'missing'}, and the secrets in "
                f"{self.backend} can't be read without the one they were encrypted with; put that back, or give up "
                f"this cluster with its environments: `rm -f {self.passphrase}; make cluster-reset`"
            )

    def variables(self) -> dict[str, str]:
        """The environment variables under which plain `pulumi` and `kubectl` work on the embedded default."""
        return {
            "PULUMI_HOME": str(self.pulumi_home),
            "PULUMI_BACKEND_URL": f"file://{self.backend}",
            "PULUMI_CONFIG_PASSPHRASE_FILE": str(self.passphrase),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "KUBECONFIG": str(self.kubeconfig),
            # kubectl would otherwise keep what it finds out about clusters in ~/.kube.
            "KUBECACHEDIR": str(self.local / "kubectl-cache"),
        }

    def foreign(self) -> list[str]:
        """What a person has set for Pulumi; how it prints does not count."""
        return [
            name for name in os.environ if name.startswith("PULUMI_") and name != "PULUMI_ENABLE_STREAMING_JSON_PREVIEW"
        ]

    def environment(self) -> dict[str, str]:
        """This process's environment with `variables()` and the tools' folder first on PATH.

        What a person has set for Pulumi is left out: another backend, passphrase or stack must not leak in here. How
        it prints does not concern the stack.
        """
        foreign = self.foreign()
        kept = {name: value for name, value in os.environ.items() if name not in foreign}
        path = f"{self.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        return kept | self.variables() | {"PATH": path}


def _report(line: str) -> None:
    print(f"  moved checkout: {line}", flush=True)
