"""`python -m tools.manifests`: the files of Argo CD's release, put where the program finds them.

From the release itself or, where that can't be reached, from the Go module registry; the checksum is the same.
"""

from __future__ import annotations

import sys

import pulumi

from components.platform.argocd import release
from tools.engine import EngineError, ensure

FILES = {"install.yaml": release.SINGLE, "ha-install.yaml": release.HIGHLY_AVAILABLE}
"""By what the engine's installer calls them."""


def provide() -> None:
    """Have every file that the program installs from, in the user's cache.

    Raises:
        EngineError: one can't be had anywhere.
    """
    for name, published in FILES.items():
        try:
            published.read()
        except pulumi.RunError:
            published.put(ensure("manifests")[name].read_bytes())


def main() -> int:
    """Provide them, and say where they are."""
    try:
        provide()
    except (EngineError, pulumi.RunError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for name, published in FILES.items():
        print(f"  {name} of Argo CD {release.VERSION}: {published.path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
