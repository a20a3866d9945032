"""What a revision asks for is found out from its own code, and from nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import socket
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.platform.argocd import release
from ops import asked, difference, findings, revision, snapshot
from ops.errors import OpsError
from ops.fingerprints import HIDDEN, Fingerprints, is_fingerprint, without_fingerprints
from ops.model import Object, Owner, Snapshot
from ops.revision import WORK_TREE
from tests.previews import ENCRYPTED, commit, copy_to, edit, git
from tests.stacks import ROOT, texts

STACKS = ("dev", "staging", "production")
KEY = Fingerprints(b"k" * 32)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_to(tmp_path_factory.mktemp("program") / "program")


@pytest.fixture(scope="module")
def taken(program: Path) -> Mapping[str, Snapshot]:
    return {stack: asked.snapshot(program, stack, "here", KEY) for stack in STACKS}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_to(tmp_path / "program")


@pytest.fixture(params=STACKS)
def found(request: pytest.FixtureRequest, taken: Mapping[str, Snapshot]) -> Snapshot:
    return taken[request.param]


def by_title(objects: tuple[Object, ...]) -> dict[str, Object]:
    return {f"{item.kind} {item.namespace or ''}/{item.name}": item for item in objects}


def rendered(stack: str) -> dict[tuple[str, str | None, str], Any]:
    """What is committed for Argo CD."""
    manifests = [yaml.safe_load(file.read_text()) for file in (ROOT / "rendered" / stack).rglob("*.yaml")]
    return {(item["kind"], item["metadata"].get("namespace"), item["metadata"]["name"]): item for item in manifests}


def test_what_argo_cd_applies_is_object_by_object_what_the_real_provider_has_rendered(found: Snapshot) -> None:
    ours = {
        (item.kind, item.namespace, item.name): item.manifest for item in found.objects if item.owner is Owner.ARGO_CD
    }

    assert ours == rendered(found.stack)
    assert len(ours) > 30


def test_pulumi_applies_what_argo_cd_needs_and_the_secrets(found: Snapshot) -> None:
    kinds = {item.kind for item in found.objects if item.owner is Owner.PULUMI and item.namespace != "argocd"}

    job = {"CronJob", "ServiceAccount", "Role", "RoleBinding", "NetworkPolicy"}
    assert kinds == {"Namespace", "Secret", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"} | job
    assert not any(item.kind == "Secret" for item in found.objects if item.owner is Owner.ARGO_CD)


def test_an_object_says_what_makes_it_and_whether_it_is_protected(taken: Mapping[str, Snapshot]) -> None:
    dev, production = (by_title(taken[stack].objects) for stack in ("dev", "production"))

    assert production["Deployment smarthr360/smarthr360-api"].component == "workloads:Api"
    assert production["Secret smarthr360/smarthr360-secrets"].component == "environment:Secrets"
    assert production["AppProject argocd/production"].component == "delivery:Project"
    assert production["PersistentVolumeClaim smarthr360/media"].protected
    assert not production["Deployment smarthr360/smarthr360-api"].protected
    assert not dev["PersistentVolumeClaim smarthr360-dev/media"].protected


def test_a_urn_is_the_one_that_the_engine_gives(taken: Mapping[str, Snapshot]) -> None:
    secret = by_title(taken["dev"].objects)["Secret smarthr360-dev/redis-secrets"]

    assert secret.urn == (
        "urn:pulumi:dev::smarthr360::smarthr360:environment:Environment$smarthr360:environment:Secrets"
        "$kubernetes:core/v1:Secret::smarthr360-secrets-redis"
    )


def test_nothing_that_only_pulumi_reads_and_no_provider_is_among_the_objects(found: Snapshot) -> None:
    assert not any(key.startswith("pulumi.com/") for item in found.objects for key in texts(item.manifest))
    assert not any(item.type.startswith(("pulumi:", "smarthr360:")) for item in found.objects)


def test_objects_are_sorted_and_each_is_there_once(found: Snapshot) -> None:
    keys = [item.key for item in found.objects]

    assert keys == sorted(set(keys))


def test_a_process_of_its_own_finds_the_same_objects(program: Path, taken: Mapping[str, Snapshot]) -> None:
    def without_secrets(item: Object) -> Object:
        return replace(item, manifest=without_fingerprints(item.manifest))

    apart = snapshot.take(program, WORK_TREE, STACKS, "here")

    assert [found.problem for found in apart] == ["", "", ""]
    for found in apart:
        assert list(map(without_secrets, found.objects)) == list(map(without_secrets, taken[found.stack].objects))


OLD, NEW = "hunter2", "tr0ub4dor&3"
"""Short, as nobody should take them: from a plain digest they would be guessed at once."""


@pytest.fixture(scope="module")
def sides(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, Snapshot]:
    """Staging before and after a change of what stands encrypted in its file."""

    def side(value: str) -> Snapshot:
        root = copy_to(tmp_path_factory.mktemp("secrets") / "program")
        line = f'    dbPassword: {{ secure: "{value}" }}\n    gitToken: {{ secure: the-same }}\n'
        edit(root, {"Pulumi.staging.yaml": {ENCRYPTED: f"  smarthr360:secrets:\n{line}"}})
        return asked.snapshot(root, "staging", "here", KEY)

    return side(OLD), side(NEW)


def derived() -> Iterator[str]:
    """The secrets, and what they could be guessed from."""
    for value in (OLD, NEW):
        yield value
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            yield encode(value.encode()).decode().rstrip("=")
        for digest in ("md5", "sha1", "sha256", "sha512"):
            yield hashlib.new(digest, value.encode()).hexdigest()[:12]


class TestSecrets:
    """Nothing is decrypted, and nothing that could be guessed from a secret gets out."""

    def test_a_snapshot_holds_a_fingerprint_for_each_secret(self, sides: tuple[Snapshot, Snapshot]) -> None:
        text = json.dumps([asdict(side) for side in sides])

        assert not [value for value in derived() if value in text]
        secrets = [item for item in sides[0].objects if item.kind == "Secret" and "stringData" in item.manifest]
        assert len(secrets) >= 5
        for item in secrets:
            assert all(map(is_fingerprint, item.manifest["stringData"].values()))

    def test_a_report_holds_not_even_the_fingerprint_and_says_which_secret_changes(
        self, sides: tuple[Snapshot, Snapshot]
    ) -> None:
        report = findings.report("base", "head", [sides[0]], [sides[1]])
        text = json.dumps(asdict(report))

        assert {(change.object.title, field.path) for change in report.changes for field in change.fields} == {
            ("Secret smarthr360-secrets", "stringData.DB_PASSWORD"),
            ("Secret postgres-secrets", "stringData.password"),
        }
        assert all(field.secret for change in report.changes for field in change.fields)
        assert HIDDEN in text
        assert f"{HIDDEN[:-1]} " not in text
        assert not [value for value in derived() if value in text]

    def test_the_same_diff_has_the_same_digest_whatever_the_key(self, program: Path, copy: Path) -> None:
        edit(copy, {"Pulumi.staging.yaml": {"b2xk": "bmV3", "storage: 50Gi": "storage: 60Gi"}})

        def digest(key: bytes) -> str:
            fingerprints = Fingerprints(key * 32)
            sides = [[asked.snapshot(root, "staging", "", fingerprints)] for root in (program, copy)]
            return findings.report("base", "head", *sides).digest

        assert digest(b"a") == digest(b"b")
        assert digest(b"a") != findings.digest([])

    def test_another_key_gives_other_fingerprints(self) -> None:
        one, other = (Fingerprints(key * 32) for key in (b"a", b"b"))

        assert one.of("value") == one.of("value") != one.of("another")
        assert one.of("value") != other.of("value")
        assert one.placeholder("value") != other.placeholder("value")

    def test_a_secret_that_a_program_puts_elsewhere_is_a_fingerprint_there(self, copy: Path) -> None:
        edit(
            copy,
            {
                "components/workloads/config.py": {
                    '"ALLOWED_HOSTS": ': '"LEAKED": __import__("leak").SECRET, "ALLOWED_HOSTS": '
                },
                "components/environment.py": {
                    "        settings = args.settings\n": "        settings = args.settings\n"
                    "        import leak\n"
                    "        leak.SECRET = 'x' + settings.secrets.db_password.get_secret_value()\n"
                },
            },
        )
        (copy / "leak.py").write_text("")

        [found] = snapshot.take(copy, WORK_TREE, ["staging"])
        assert found.problem == ""
        config = by_title(found.objects)["ConfigMap smarthr360-staging/smarthr360-config"]
        assert is_fingerprint(config.manifest["data"]["LEAKED"])

    def test_a_secret_that_is_not_encrypted_is_refused_and_not_repeated(self, copy: Path) -> None:
        edit(copy, {"Pulumi.dev.yaml": {"config:\n": f"config:\n  smarthr360:secrets: {{ dbPassword: {OLD} }}\n"}})

        found = asked.snapshot(copy, "dev", "here", KEY)
        assert found.problem.startswith("smarthr360:secrets: is not encrypted")
        assert not [value for value in derived() if value in found.problem]

    def test_secrets_that_are_encrypted_all_together_are_known_as_such(self, copy: Path) -> None:
        line = "  smarthr360:secrets: { secure: %s }\n"
        edit(copy, {"Pulumi.dev.yaml": {"config:\n": "config:\n" + line % "one"}})
        before = asked.snapshot(copy, "dev", "", KEY)
        edit(copy, {"Pulumi.dev.yaml": {line % "one": line % "two"}})
        report = findings.report("base", "head", [before], [asked.snapshot(copy, "dev", "", KEY)])

        assert report.problems == ()
        assert {change.object.kind for change in report.changes} == {"Secret"}


BROKEN: dict[str, tuple[dict[str, dict[str, str]], str]] = {
    "Pulumi.dev.yaml": ({}, "there is no Pulumi.dev.yaml"),
    "__main__.py": ({}, "there is no __main__.py"),
    "no YAML": ({"Pulumi.dev.yaml": {"config:\n": "config: [\n"}}, "Pulumi.dev.yaml, line 4, is not YAML"),
    "no config": ({"Pulumi.dev.yaml": {"config:\n": "settings:\n"}}, "Pulumi.dev.yaml has no `config:`"),
    "a value that is refused": (
        {"Pulumi.dev.yaml": {"tag: develop-4f2a9c1": "tag: latest"}},
        'smarthr360:images.tag: "latest" changes its meaning with every release; allowed is',
    ),
    "two values that are refused": (
        {"Pulumi.dev.yaml": {"tag: develop-4f2a9c1": "tag: latest", "replicas: 1": "replicas: 0"}},
        "(and 2 more like this)",
    ),
    "a fault in the syntax": (
        {"components/workloads/beat.py": {"class Beat(": "clas Beat("}},
        "the program can't be run: SyntaxError, invalid syntax (components/workloads/beat.py, line ",
    ),
    "a module that is missing": (
        {"components/environment.py": {"from components.namespace import": "from components.elsewhere import"}},
        "the program can't be run: ModuleNotFoundError, No module named 'components.elsewhere' (components/",
    ),
    "a file that the program reads": (
        {"__main__.py": {"\nmain()\n": "\nopen(__file__ + '.txt')\n"}},
        "FileNotFoundError, [Errno 2] No such file or directory: '__main__.py.txt' (__main__.py, line ",
    ),
    "a fault while it runs": (
        {
            "components/workloads/beat.py": {
                'super().__init__("': 'raise KeyError("a reason")\n        super().__init__("'
            }
        },
        "the program can't be run: KeyError, 'a reason' (components/workloads/beat.py, line ",
    ),
    "an end before the end": (
        {"__main__.py": {"def main() -> None:": "raise SystemExit(3)\n\n\ndef main() -> None:"}},
        "the program can't be run: SystemExit, 3 (__main__.py, line ",
    ),
    "a program that reads what only a cluster knows": (
        {
            "__main__.py": {
                "\nmain()\n": '\nmain()\npulumi.runtime.invoke("kubernetes:index:get", {}).value\n',
            }
        },
        "a preview without a cluster can't",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_can_t_be_read_is_one_sentence_and_no_objects(name: str, copy: Path) -> None:
    edits, sentence = BROKEN[name]
    if not edits:
        (copy / name).unlink()
    edit(copy, edits)

    [found] = snapshot.take(copy, WORK_TREE, ["dev"], "there")
    assert sentence in found.problem
    assert "\n" not in found.problem
    assert str(copy) not in found.problem
    assert found.objects == ()


def test_one_environment_that_can_t_be_read_leaves_the_others_readable(copy: Path) -> None:
    (copy / "Pulumi.staging.yaml").write_text("config: 3\n")

    found = snapshot.take(copy, WORK_TREE, STACKS)
    assert [(item.stack, bool(item.problem), bool(item.objects)) for item in found] == [
        ("dev", False, True),
        ("staging", True, False),
        ("production", False, True),
    ]


def test_production_that_syncs_by_itself_is_refused_with_the_program_s_own_words(copy: Path) -> None:
    edit(copy, {"Pulumi.production.yaml": {"automated: false": "automated: true"}})

    found = asked.snapshot(copy, "production", "here", KEY)
    assert found.problem.startswith("smarthr360:gitops.automated: true is not allowed in production")


def test_a_program_that_prints_and_one_that_dies_are_told_apart(copy: Path) -> None:
    edit(copy, {"__main__.py": {"\nmain()\n": "\nprint('not an answer', flush=True)\nmain()\n"}})
    [printing] = snapshot.take(copy, WORK_TREE, ["dev"])
    edit(copy, {"__main__.py": {"\nprint(": "\nimport os; os._exit(7)\nprint("}})
    [dead] = snapshot.take(copy, WORK_TREE, ["dev"])

    assert printing.problem == ""
    assert printing.objects
    assert dead.problem == "the program can't be run: its process ended with exit code 7"


def test_a_program_sees_neither_credentials_nor_what_is_set_up_for_another_cluster(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "KUBECONFIG", "PULUMI_CONFIG_PASSPHRASE", "PYTHONPATH", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, "somebody's")
    edit(copy, {"__main__.py": {"\nmain()\n": "\nimport os\nraise SystemExit(sorted(os.environ))\n"}})

    [found] = snapshot.take(copy, WORK_TREE, ["dev"])
    assert "PATH" in found.problem
    assert not [name for name in ("AWS", "KUBE", "PULUMI", "PYTHONPATH", "TOKEN") if name in found.problem]


NO_NETWORK = """
import socket

def refused(*arguments, **keywords):
    raise OSError("the network is cut off")

socket.socket.connect = socket.socket.connect_ex = socket.create_connection = socket.getaddrinfo = refused
"""


@pytest.fixture
def cached() -> None:
    """Have in the user's cache what the program installs."""
    release.SINGLE.read()
    release.HIGHLY_AVAILABLE.read()


@pytest.fixture
def cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process, and every one that takes a snapshot, reach nothing."""
    (tmp_path / "no-network").mkdir()
    (tmp_path / "no-network" / "sitecustomize.py").write_text(NO_NETWORK)
    environment = snapshot.environment
    monkeypatch.setattr(snapshot, "environment", lambda: {**environment(), "PYTHONPATH": str(tmp_path / "no-network")})

    def refused(*_: object) -> None:
        raise AssertionError("the network is cut off")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


@pytest.mark.usefixtures("cached", "cut_off")
def test_without_a_network_two_revisions_are_compared_from_the_cache(copy: Path) -> None:
    commit(copy)
    edit(copy, {"Pulumi.dev.yaml": {"replicas: 1": "replicas: 3"}})

    report = difference.between(copy, "main", WORK_TREE)
    assert report.problems == ()
    assert [(head.stack, bool(head.objects)) for head in report.heads] == [(stack, True) for stack in STACKS]
    assert {change.object.title for change in report.changes} == {
        "Deployment smarthr360-nginx",
        "Deployment smarthr360-worker",
    }


@pytest.mark.usefixtures("cut_off")
def test_without_a_network_and_a_cache_a_sentence_says_what_to_type(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))

    [found] = snapshot.take(program, WORK_TREE, ["dev"])
    assert "can't be downloaded (the network is cut off)" in found.problem
    assert "`make manifests`" in found.problem


class TestRevisions:
    """A revision's files, from Git."""

    def test_a_commit_is_read_as_it_was_and_the_work_tree_as_it_lies_there(self, copy: Path) -> None:
        first = commit(copy)
        edit(copy, {"Pulumi.dev.yaml": {"develop-4f2a9c1": "develop-0000000"}})

        (before,), (after,) = (snapshot.take(copy, name, ["dev"]) for name in (first, WORK_TREE))

        def image(found: Snapshot) -> str:
            api = by_title(found.objects)["Deployment smarthr360-dev/smarthr360-api"]
            containers: list[dict[str, Any]] = api.manifest["spec"]["template"]["spec"]["containers"]
            return str(containers[0]["image"])

        assert image(before).endswith(":develop-4f2a9c1")
        assert image(after).endswith(":develop-0000000")

    def test_a_base_without_ops_and_without_components_is_read_with_our_code_and_told(self, copy: Path) -> None:
        whole = commit(copy)
        shutil.rmtree(copy / "components")
        bare = commit(copy)

        [good] = snapshot.take(copy, whole, ["dev"])
        [bad] = snapshot.take(copy, bare, ["dev"])
        assert good.problem == ""
        assert bad.problem.startswith("the program can't be run: ModuleNotFoundError, No module named 'components'")

    def test_a_branch_a_tag_and_a_branch_that_only_the_server_has_are_found(self, copy: Path, tmp_path: Path) -> None:
        first = commit(copy)
        git(copy, "tag", "v1")
        git(copy, "branch", "other")
        git(tmp_path, "clone", "--quiet", str(copy), str(tmp_path / "clone"))

        assert revision.resolve(copy, "main") == revision.resolve(copy, "v1") == first
        assert revision.resolve(tmp_path / "clone", "other") == first

    @pytest.mark.parametrize("name", ["nowhere", "--all", "", "main:Pulumi.yaml"])
    def test_an_unknown_revision_is_a_sentence_that_says_what_to_type(self, copy: Path, name: str) -> None:
        commit(copy)

        with pytest.raises(OpsError, match="is no revision of this repository; `git branch --all`"):
            revision.resolve(copy, name)

    def test_a_folder_without_git_is_a_sentence_that_says_what_to_type(self, copy: Path) -> None:
        with pytest.raises(OpsError, match=r"is in no Git repository; .*`python -m ops inventory"):
            revision.resolve(copy, "main")

    def test_what_came_into_the_base_since_is_no_change(self, copy: Path) -> None:
        fork = commit(copy)
        git(copy, "branch", "feature")
        edit(copy, {"Pulumi.dev.yaml": {"develop-4f2a9c1": "develop-1111111"}})
        base = commit(copy)
        git(copy, "checkout", "--quiet", "feature")

        assert revision.branched_off(copy, base, WORK_TREE) == fork
        assert revision.branched_off(copy, base, fork) == fork
        assert revision.branched_off(copy, base, base) == base

    def test_stacks_are_those_of_either_revision_in_the_order_of_a_release(self, copy: Path) -> None:
        first = commit(copy)
        (copy / "Pulumi.production.yaml").rename(copy / "Pulumi.alpha.yaml")

        assert revision.stacks(copy, [first, WORK_TREE]) == ["dev", "staging", "production", "alpha"]
        assert revision.stacks(copy, [WORK_TREE]) == ["dev", "staging", "alpha"]

    def test_a_project_below_the_repository_s_root_is_read_alone(self, tmp_path: Path) -> None:
        (tmp_path / "repository").mkdir()
        root = copy_to(tmp_path / "repository" / "platform")
        commit(tmp_path / "repository")
        found = revision.resolve(root, "main")

        assert revision.stacks(root, [found]) == list(STACKS)
        with revision.folder(root, found) as folder:
            assert (folder / "__main__.py").is_file()
            assert not (folder / "platform").exists()
        assert not folder.exists()
