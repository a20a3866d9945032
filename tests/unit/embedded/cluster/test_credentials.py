"""Tokens and kubeconfigs of the embedded cluster."""

import base64
import stat
from pathlib import Path

import pytest
import yaml

from errors import UserError
from tools.embedded.cluster import credentials
from tools.embedded.cluster.credentials import ADMINISTRATOR, USERS, token
from tools.embedded.cluster.state import Layout

AUTHORITY = b"the authority"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    layout = Layout(tmp_path)
    layout.certificates.mkdir(parents=True)
    (layout.certificates / "ca.crt").write_bytes(AUTHORITY)
    credentials.ensure_tokens(layout.tokens)
    return layout


def test_every_user_has_a_long_token_of_its_own(layout: Layout) -> None:
    tokens = {token(layout.tokens, user) for user in [ADMINISTRATOR, *USERS.values()]}
    assert len(tokens) == len(USERS) + 1
    assert min(len(value) for value in tokens) >= 43  # 32 random bytes


def test_only_the_administrator_is_in_the_group_with_all_rights(layout: Layout) -> None:
    lines = layout.tokens.read_text().splitlines()
    assert [line.split(",")[1] for line in lines if "system:masters" in line] == [ADMINISTRATOR]


def test_the_token_file_is_private_and_kept(layout: Layout) -> None:
    before = layout.tokens.read_text()
    credentials.ensure_tokens(layout.tokens)
    assert layout.tokens.read_text() == before
    assert stat.S_IMODE(layout.tokens.stat().st_mode) == 0o600


def test_a_token_that_somebody_removed_is_missed_by_name_and_no_other_is_shown(layout: Layout) -> None:
    secret = token(layout.tokens, ADMINISTRATOR)
    layout.tokens.write_text(f"{secret},somebody,somebody\n")
    with pytest.raises(UserError, match=f"no token for {ADMINISTRATOR}; delete the file") as raised:
        token(layout.tokens, ADMINISTRATOR)
    assert secret not in str(raised.value)


def test_the_kubeconfig_has_one_context_and_trusts_our_authority_alone(layout: Layout) -> None:
    credentials.write_kubeconfigs(layout, 20003)
    assert yaml.safe_load(layout.kubeconfig.read_text()) == {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": "embedded",
                "cluster": {
                    "server": "https://127.0.0.1:20003",
                    "certificate-authority-data": base64.b64encode(AUTHORITY).decode(),
                },
            }
        ],
        "users": [{"name": ADMINISTRATOR, "user": {"token": token(layout.tokens, ADMINISTRATOR)}}],
        "contexts": [{"name": "embedded", "context": {"cluster": "embedded", "user": ADMINISTRATOR}}],
        "current-context": "embedded",
    }


@pytest.mark.parametrize("name", USERS)
def test_a_component_gets_its_own_token_and_not_the_administrators(layout: Layout, name: str) -> None:
    credentials.write_kubeconfigs(layout, 20003)
    text = layout.component_kubeconfig(name).read_text()
    assert token(layout.tokens, USERS[name]) in text
    assert token(layout.tokens, ADMINISTRATOR) not in text


def test_kubeconfigs_are_private_and_made_so_again(layout: Layout) -> None:
    credentials.write_kubeconfigs(layout, 20003)
    layout.kubeconfig.chmod(0o644)
    credentials.write_kubeconfigs(layout, 20003)
    paths = [layout.kubeconfig, *(layout.component_kubeconfig(name) for name in USERS)]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}


def test_a_kubeconfig_that_is_right_is_not_written_again(layout: Layout) -> None:
    credentials.write_kubeconfigs(layout, 20003)
    before = layout.kubeconfig.stat().st_ino
    credentials.write_kubeconfigs(layout, 20003)
    assert layout.kubeconfig.stat().st_ino == before
    credentials.write_kubeconfigs(layout, 20004)
    assert layout.kubeconfig.stat().st_ino != before
    assert "20004" in layout.kubeconfig.read_text()


@pytest.mark.parametrize("damaged", [b"", b"\xff", b"token,somebody,somebody\n"])
def test_a_damaged_token_file_is_made_anew(layout: Layout, damaged: bytes) -> None:
    layout.tokens.write_bytes(damaged)
    assert not credentials.has_tokens(layout.tokens)
    credentials.ensure_tokens(layout.tokens)
    assert credentials.has_tokens(layout.tokens)
