"""Which release of Argo CD is installed. An upgrade changes the version and both checksums; docs/argocd.md says how."""

from components.platform.published import Published

VERSION = "3.2.0"

_FOLDER = f"https://raw.githubusercontent.com/argoproj/argo-cd/v{VERSION}/manifests"

SINGLE = Published(f"{_FOLDER}/install.yaml", sha256="51299a0ff760849a4b92bb6c0044875bc17f0725c0a475203cd555457b2e38a4")
"""One of each part."""

HIGHLY_AVAILABLE = Published(
    f"{_FOLDER}/ha/install.yaml", sha256="bebe07b355c8c894f6bf63804643fb6724db8fd0c5875645cf432a69ce8445bb"
)
"""Two or three of each part, and Redis with Sentinel."""
