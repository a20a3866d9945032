"""The embedded cluster's certificate authority."""

import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID

from tools.embedded.cluster import certificates
from tools.embedded.cluster.seal import is_intact

SIGNED = ["etcd", "etcd-client", "server"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster") / "certificates"
    certificates.ensure(folder)
    return folder


def load(folder: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes())


def test_the_folder_holds_every_key_and_certificate_and_no_more(folder: Path) -> None:
    pairs = {f"{name}.{kind}" for name in ["ca", *SIGNED] for kind in ("crt", "key")}
    assert {path.name for path in folder.iterdir()} == {*pairs, "service-account.key", "sha256"}
    assert [path.name for path in folder.parent.iterdir()] == ["certificates"]


def test_keys_are_for_their_owner_alone(folder: Path) -> None:
    keys = list(folder.glob("*.key"))
    assert len(keys) == 5
    assert {stat.S_IMODE(path.stat().st_mode) for path in [*keys]} == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_keys_differ(folder: Path) -> None:
    keys = [path.read_text() for path in folder.glob("*.key")]
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("name", SIGNED)
def test_a_certificate_is_signed_by_the_authority_for_loopback_only(folder: Path, name: str) -> None:
    certificate = load(folder, name)
    certificate.verify_directly_issued_by(load(folder, "ca"))
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert names.get_values_for_type(x509.DNSName) == ["localhost", "kubernetes.default.svc"]


@pytest.mark.parametrize("name", SIGNED)
def test_a_certificate_fits_its_key(folder: Path, name: str) -> None:
    key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), password=None)
    assert key.public_key() == load(folder, name).public_key()


@pytest.mark.parametrize(("name", "serves", "calls"), [("server", 1, 0), ("etcd-client", 0, 1), ("etcd", 1, 1)])
def test_a_certificate_is_good_for_its_purpose_alone(folder: Path, name: str, serves: int, calls: int) -> None:
    uses = load(folder, name).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert (ExtendedKeyUsageOID.SERVER_AUTH in uses) == bool(serves)
    assert (ExtendedKeyUsageOID.CLIENT_AUTH in uses) == bool(calls)


def test_what_is_there_is_left_as_it_is(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    certificates.ensure(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_failure_halfway_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(certificates, "_sign", fail)
    with pytest.raises(OSError, match="no space"):
        certificates.ensure(tmp_path / "certificates")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["ca.crt", "server.key", "service-account.key", "sha256"])
@pytest.mark.parametrize("damage", [Path.unlink, lambda path: path.write_bytes(b""), lambda path: path.write_text("x")])
def test_a_damaged_folder_is_made_anew_as_a_whole(tmp_path: Path, name: str, damage: Callable[[Path], object]) -> None:
    folder = tmp_path / "certificates"
    certificates.ensure(folder)
    before = (folder / "ca.crt").read_bytes()
    damage(folder / name)
    assert not is_intact(folder)

    certificates.ensure(folder)

    assert is_intact(folder)
    assert (folder / "ca.crt").read_bytes() != before
    load(folder, "server").verify_directly_issued_by(load(folder, "ca"))
    assert [path.name for path in tmp_path.iterdir()] == ["certificates"]


def test_a_clock_that_is_set_back_does_not_make_certificates_invalid(folder: Path) -> None:
    year_ago = datetime.now(UTC) - timedelta(days=365)
    assert all(load(folder, name).not_valid_before_utc < year_ago for name in ("ca", *SIGNED))
