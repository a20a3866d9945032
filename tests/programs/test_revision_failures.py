"""What can't be read is one sentence, and a program gets to nothing that is not its own."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from components.platform.argocd import release
from review import commands
from snapshot import collect, requested
from snapshot.revision import WORK_TREE
from tests.support.previews import KEY, commit, edit
from tests.support.stacks import STACKS

BROKEN: dict[str, tuple[dict[str, dict[str, str]], str]] = {
    "__main__.py": ({}, "there is no __main__.py"),
    "no YAML": ({"Pulumi.dev.yaml": {"config:\n": "config: [\n"}}, "Pulumi.dev.yaml, line 5 is not YAML"),
    "no config": ({"Pulumi.dev.yaml": {"config:\n": "settings:\n"}}, "Pulumi.dev.yaml has no `config:`"),
    "a date, of which Pulumi makes another text": (
        {"Pulumi.dev.yaml": {"tag: develop-4f2a9c1": "tag: 2024-01-01"}},
        "Pulumi.dev.yaml, line 10: smarthr360:images.tag looks like a date",
    ),
    "a tag that is a number to Pulumi": (
        {"Pulumi.dev.yaml": {"tag: develop-4f2a9c1": "tag: 0891234"}},
        "smarthr360:images.tag: 891234 is a number, to be written in quotes",
    ),
    "a word that is no truth to Pulumi": (
        {"Pulumi.dev.yaml": {"localAdmin: true": "localAdmin: yes"}},
        'smarthr360:argocd.localAdmin: "yes" is text',
    ),
    "minutes that are text to Pulumi": (
        {"Pulumi.dev.yaml": {"replicas: 1": "replicas: 1:30"}},
        'smarthr360:worker.replicas: "1:30" is text',
    ),
    "a secret in plain text beside one that is encrypted": (
        {
            "Pulumi.dev.yaml": {
                "config:\n": "config:\n  secrets: { dbUser: { secure: x }, dbPassword: hunter2-hunter2 }\n"
            }
        },
        "smarthr360:secrets.dbPassword: is not encrypted in Pulumi.dev.yaml; type `pulumi config set --path --secret ",
    ),
    "a namespace that nothing reads": (
        {"Pulumi.dev.yaml": {"config:\n": "config:\n  smarthr361:api: hunter2\n"}},
        "smarthr361:api: is read by nothing, the nearest is smarthr360:api; ",
    ),
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
        {
            "components/environment/environment.py": {
                "from components.environment.namespace import": "from components.elsewhere import"
            }
        },
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

    [found] = collect.take(copy, WORK_TREE, ["dev"], "there")
    assert sentence in found.problem
    assert "\n" not in found.problem
    assert str(copy) not in found.problem
    assert "hunter2" not in found.problem
    assert found.objects == ()


def test_one_environment_that_can_t_be_read_leaves_the_others_readable(copy: Path) -> None:
    (copy / "Pulumi.staging.yaml").write_text("config: 3\n")

    found = collect.take(copy, WORK_TREE, STACKS)
    assert [(item.stack, bool(item.problem), bool(item.objects)) for item in found] == [
        ("dev", False, True),
        ("staging", True, False),
        ("production", False, True),
    ]


def test_production_that_syncs_by_itself_is_refused_with_the_program_s_own_words(copy: Path) -> None:
    edit(copy, {"Pulumi.production.yaml": {"automated: false": "automated: true"}})

    found = requested.snapshot(copy, "production", "here", KEY)
    assert found.problem.startswith("smarthr360:gitops.automated: true is not allowed in production")


def test_a_program_that_prints_and_one_that_dies_are_told_apart(copy: Path) -> None:
    edit(copy, {"__main__.py": {"\nmain()\n": "\nprint('not an answer', flush=True)\nmain()\n"}})
    [printing] = collect.take(copy, WORK_TREE, ["dev"])
    edit(copy, {"__main__.py": {"\nprint(": "\nimport os; os._exit(7)\nprint("}})
    [dead] = collect.take(copy, WORK_TREE, ["dev"])

    assert printing.problem == ""
    assert printing.objects
    assert dead.problem == "the program can't be run: its process ended with exit code 7"


def test_a_program_sees_neither_credentials_nor_what_is_set_up_for_another_cluster(
    copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "KUBECONFIG", "PULUMI_CONFIG_PASSPHRASE", "PYTHONPATH", "GITHUB_TOKEN"):
        monkeypatch.setenv(name, "somebody's")
    edit(copy, {"__main__.py": {"\nmain()\n": "\nimport os\nraise SystemExit(sorted(os.environ))\n"}})

    [found] = collect.take(copy, WORK_TREE, ["dev"])
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
    environment = collect.environment
    monkeypatch.setattr(collect, "environment", lambda: {**environment(), "PYTHONPATH": str(tmp_path / "no-network")})

    def refused(*_: object) -> None:
        raise AssertionError("the network is cut off")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)


@pytest.mark.usefixtures("cached", "cut_off")
def test_without_a_network_two_revisions_are_compared_from_the_cache(copy: Path) -> None:
    commit(copy)
    edit(copy, {"Pulumi.dev.yaml": {"replicas: 1": "replicas: 3"}})

    report = commands.between(copy, "main", WORK_TREE)
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

    [found] = collect.take(program, WORK_TREE, ["dev"])
    assert "can't be downloaded (the network is cut off)" in found.problem
    assert "`make manifests`" in found.problem
