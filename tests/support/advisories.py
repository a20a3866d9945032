"""A stand-in for PyPI's answers about single releases, behind a proxy on loopback: what pip-audit asks for."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pip._internal.models.index import PyPI

from tests.support.loopback import Handler, serving

_HOST = PyPI.netloc


@dataclass
class Advisories:
    """What the stand-in knows.

    Attributes:
        proxy: where it takes connections for PyPI, and for no other host.
        certificate: the file of the one certificate to trust.
        of: a vulnerability's name, by the package that has it.
        asked: every release that was asked for, as `name==version`.
    """

    proxy: str
    certificate: Path
    of: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        """What sends programs here; pip's cache must not keep these answers."""
        return {
            "HTTPS_PROXY": self.proxy,
            "REQUESTS_CA_BUNDLE": str(self.certificate),
            "PIP_NO_CACHE_DIR": "1",
            "NO_PROXY": "",
        }

    def answer(self, path: str) -> bytes:
        """PyPI's record of a release."""
        _, _, name, version, _ = path.split("/")
        self.asked.append(f"{name}=={version}")
        found = [
            {"id": known, "aliases": [], "summary": "made up", "details": "", "fixed_in": ["999"], "withdrawn": None}
            for package, known in self.of.items()
            if package == name
        ]
        return json.dumps({"info": {"name": name, "version": version}, "vulnerabilities": found}).encode()


@contextmanager
def advisories(folder: Path) -> Iterator[Advisories]:
    """Run the stand-in; its certificate lies in a folder."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate := _certificate(folder))

    class Answering(Handler):
        protocol_version = "HTTP/1.1"

        def do_CONNECT(self) -> None:  # noqa: N802 - the protocol's name
            if self.path != f"{_HOST}:443":
                self.send_error(403)
                return
            self.send_response(200)
            self.end_headers()
            self.close_connection = False
            self.connection = context.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")

        def do_GET(self) -> None:  # noqa: N802 - the protocol's name
            self.answer(200, found.answer(self.path))

    with serving(Answering) as url:
        found = Advisories(url, certificate)
        yield found


def _certificate(folder: Path) -> Path:
    """A certificate of its own for PyPI's name, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, _HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(issuer_name=name, subject_name=name, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(_HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "pypi.pem"
    file.touch(mode=0o600)
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return file
