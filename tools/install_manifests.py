"""`python -m tools.install_manifests`: what Argo CD and the add-ons are installed from, put where the program finds it.

From the projects themselves or, where they can't be reached, from the Go module registry; the checksum is the same.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pulumi

from components.platform.addons import cert_manager, envoy_gateway, external_secrets, metrics_server, monitoring
from components.platform.argocd import release
from errors import UserError
from tools import command_line
from tools.engine import ensure

FILES = {"install.yaml": release.SINGLE, "ha-install.yaml": release.HIGHLY_AVAILABLE}
"""By what the engine's installer calls them."""

CHARTS = {
    "external-secrets.tar": external_secrets.CHART,
    "cert-manager.tar": cert_manager.CHART,
    "gateway-helm.tar": envoy_gateway.CHART,
    "metrics-server.tar": metrics_server.CHART,
    "prometheus-operator.tar": monitoring.CHART,
}
"""The same."""


def provide() -> None:
    """Have every file that the program installs from, in the user's cache.

    Raises:
        UserError: one can't be had anywhere, or has another checksum.
    """
    for name, published in FILES.items():
        try:
            published.read()
        except pulumi.RunError:
            with _refused_in_a_sentence():
                published.put(ensure("manifests")[name].read_bytes())


def provide_charts() -> None:
    """Have every chart that the program can install from, in the user's cache.

    Raises:
        UserError: one can't be had anywhere, or has another checksum.
    """
    for name, chart in CHARTS.items():
        try:
            chart.folder()
        except pulumi.RunError:
            with _refused_in_a_sentence():
                chart.put(ensure("charts")[name])


@contextmanager
def _refused_in_a_sentence() -> Iterator[None]:
    """Have the tools say what the program would: another checksum, for one."""
    try:
        yield
    except pulumi.RunError as error:
        raise UserError(str(error)) from None


def main() -> None:
    """Provide them, and say where they are."""
    provide()
    provide_charts()
    for name, published in FILES.items():
        print(f"  {name} of Argo CD {release.VERSION}: {published.path}")
    for chart in CHARTS.values():
        print(f"  chart {chart.name} {chart.version}: {chart.path}")


if __name__ == "__main__":
    sys.exit(command_line.run(main))
