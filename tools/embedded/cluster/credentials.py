"""Who is allowed to talk to the API server: one random token for each user, and the kubeconfigs that carry them."""

import base64
import secrets
from pathlib import Path

import yaml

from errors import UserError
from files import write_private
from tools.embedded.cluster.ports import LOOPBACK
from tools.embedded.cluster.state import Layout

CONTEXT = "embedded"
ADMINISTRATOR = "embedded-admin"

# User name of each component. The API server brings the roles of the first two; manifests/access.yaml those of the
# others.
USERS = {
    "kube-controller-manager": "system:kube-controller-manager",
    "kube-scheduler": "system:kube-scheduler",
    "kwok": "embedded:kwok",
    "provisioner": "embedded:provisioner",
}


def has_tokens(path: Path) -> bool:
    """Say whether the token file is there and has a token for everybody."""
    try:
        return all(token(path, user) for user in (*USERS.values(), ADMINISTRATOR))
    except (UserError, OSError, UnicodeDecodeError):
        return False


def ensure_tokens(path: Path) -> None:
    """Make the API server's token file where it is missing or incomplete.

    Args:
        path: The file; a line is `token,user,uid` and, for the administrator, a group.
    """
    if has_tokens(path):
        return
    lines = [f"{secrets.token_urlsafe(32)},{user},{user}" for user in USERS.values()]
    lines.append(f"{secrets.token_urlsafe(32)},{ADMINISTRATOR},{ADMINISTRATOR},system:masters")
    write_private(path, "\n".join(lines) + "\n")


def token(path: Path, user: str) -> str:
    """Read the token of a user from the token file.

    Raises:
        UserError: The file, changed by hand, has none.
    """
    for line in path.read_text().splitlines():
        value, _, rest = line.partition(",")
        if rest.split(",")[0] == user:
            return value
    raise UserError(
        f"{path}: no token for {user}; delete the file, `python -m tools.embedded.cluster up` makes a new one"
    )


def write_kubeconfigs(layout: Layout, port: int) -> None:
    """Write the administrator's and every component's kubeconfig, where they are not right already.

    Args:
        layout: Where they belong.
        port: The API server's.
    """
    wanted = {layout.kubeconfig: ADMINISTRATOR}
    wanted |= {layout.component_kubeconfig(name): user for name, user in USERS.items()}
    authority = (layout.certificates / "ca.crt").read_bytes()
    for path, user in wanted.items():
        text = _kubeconfig(user, token(layout.tokens, user), authority, port)
        # A rewrite also makes the file 0600 again, where somebody opened it to others.
        if not path.is_file() or path.read_bytes() != text.encode() or path.stat().st_mode & 0o077:
            write_private(path, text)


def _kubeconfig(user: str, user_token: str, authority: bytes, port: int) -> str:
    cluster = {
        "server": f"https://{LOOPBACK}:{port}",
        "certificate-authority-data": base64.b64encode(authority).decode(),
    }
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": CONTEXT, "cluster": cluster}],
            "users": [{"name": user, "user": {"token": user_token}}],
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": user}}],
            "current-context": CONTEXT,
        },
        sort_keys=False,
    )
