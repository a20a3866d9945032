"""What a preview without a cluster makes of secrets: nothing from which one could be guessed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import pytest

from manifests.fingerprints import HIDDEN, Fingerprints, is_fingerprint
from review import build_report
from snapshot import collect, requested
from snapshot.model import Snapshot
from snapshot.revision import WORK_TREE
from tests.support.previews import ENCRYPTED, KEY, by_title, copy_to, edit

OLD, NEW = "hunter2", "tr0ub4dor&3"
"""Short, as nobody should take them: from a plain digest they would be guessed at once."""


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Snapshot]:
    """Staging before and after a change of what stands encrypted in its file."""

    def side(value: str) -> Snapshot:
        root = copy_to(tmp_path_factory.mktemp("secrets") / "program")
        line = f'    dbPassword: {{ secure: "{value}" }}\n    gitToken: {{ secure: the-same }}\n'
        edit(root, {"Pulumi.staging.yaml": {ENCRYPTED: f"  smarthr360:secrets:\n{line}"}})
        return requested.snapshot(root, "staging", "here", KEY)

    return side(OLD), side(NEW)


def derived() -> Iterator[str]:
    """The secrets, and what they could be guessed from."""
    for value in (OLD, NEW):
        yield value
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(value.encode()).decode().rstrip("=")
        for digest in ("md5", "sha1", "sha256", "sha512"):
            yield hashlib.new(digest, value.encode()).hexdigest()[:12]


def test_a_snapshot_holds_a_fingerprint_for_each_secret(sides: tuple[Snapshot, Snapshot]) -> None:
    text = json.dumps([asdict(side) for side in sides])

    assert not [value for value in derived() if value in text]
    secrets = [item for item in sides[0].objects if item.kind == "Secret" and "stringData" in item.manifest]
    assert len(secrets) >= 5
    for item in secrets:
        assert all(map(is_fingerprint, item.manifest["stringData"].values()))


def test_a_report_holds_not_even_the_fingerprint_and_says_which_secret_changes(
    sides: tuple[Snapshot, Snapshot],
) -> None:
    report = build_report.report("base", "head", [sides[0]], [sides[1]])
    text = json.dumps(asdict(report))

    assert {(change.object.title, field.path) for change in report.changes for field in change.fields} == {
        ("Secret smarthr360-secrets", "stringData.DB_PASSWORD"),
        ("Secret postgres-secrets", "stringData.password"),
    }
    assert all(field.secret for change in report.changes for field in change.fields)
    assert HIDDEN in text
    assert f"{HIDDEN[:-1]} " not in text
    assert not [value for value in derived() if value in text]


def test_the_same_diff_has_the_same_digest_whatever_the_key(program: Path, copy: Path) -> None:
    edit(copy, {"Pulumi.staging.yaml": {"b2xk": "bmV3", "storage: 50Gi": "storage: 60Gi"}})

    def digest(key: bytes) -> str:
        fingerprints = Fingerprints(key * 32)
        sides = [[requested.snapshot(root, "staging", "", fingerprints)] for root in (program, copy)]
        return build_report.report("base", "head", *sides).digest

    assert digest(b"a") == digest(b"b")
    assert digest(b"a") != build_report.digest([])


def test_another_key_gives_other_fingerprints() -> None:
    one, other = (Fingerprints(key * 32) for key in (b"a", b"b"))

    assert one.of("value") == one.of("value") != one.of("another")
    assert one.of("value") != other.of("value")
    assert one.placeholder("value") != other.placeholder("value")


def test_a_secret_that_a_program_puts_elsewhere_is_a_fingerprint_there(copy: Path) -> None:
    edit(
        copy,
        {
            "components/workloads/parts/config.py": {
                '"ALLOWED_HOSTS": ': '"LEAKED": __import__("leak").SECRET, "ALLOWED_HOSTS": '
            },
            "components/environment/environment.py": {
                "        base = self._base()\n": "        base = self._base()\n"
                "        import leak\n"
                "        leak.SECRET = 'x' + args.settings.secrets.db_password.get_secret_value()\n"
            },
        },
    )
    (copy / "leak.py").write_text("")

    [found] = collect.take(copy, WORK_TREE, ["staging"])
    assert found.problem == ""
    config = by_title(found.objects)["ConfigMap smarthr360-staging/smarthr360-config"]
    assert is_fingerprint(config.manifest["data"]["LEAKED"])


def test_a_secret_that_is_not_encrypted_is_refused_and_not_repeated(copy: Path) -> None:
    edit(copy, {"Pulumi.dev.yaml": {"config:\n": f"config:\n  smarthr360:secrets: {{ dbPassword: {OLD} }}\n"}})

    found = requested.snapshot(copy, "dev", "here", KEY)
    assert found.problem.startswith("smarthr360:secrets: is not encrypted")
    assert not [value for value in derived() if value in found.problem]


def test_secrets_that_are_encrypted_all_together_are_known_as_such(copy: Path) -> None:
    line = "  smarthr360:secrets: { secure: %s }\n"
    edit(copy, {"Pulumi.dev.yaml": {"config:\n": "config:\n" + line % "one"}})
    before = requested.snapshot(copy, "dev", "", KEY)
    edit(copy, {"Pulumi.dev.yaml": {line % "one": line % "two"}})
    report = build_report.report("base", "head", [before], [requested.snapshot(copy, "dev", "", KEY)])

    assert report.problems == ()
    assert {change.object.kind for change in report.changes} == {"Secret"}
