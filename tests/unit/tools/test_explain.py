import re
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from components.settings import NAMESPACE
from tests.support.stacks import ROOT, STACKS
from tools import stack_values
from tools.explain import app

CIPHERTEXT = "v1:bm90LWEtbm9uY2U=:bm90LWEtY2lwaGVydGV4dA=="

MADE_UP = """\
config:
  aws:region: not-of-this-project
  smarthr360:environment: dev
  smarthr360:namespace: team-a
  smarthr360:api:
    autoscaling:
      min: 1

      max: 3
    resources: &small
      cpu: { request: 250m, limit: 1000m }
      memory: { request: 512Mi, limit: 1Gi }
  smarthr360:worker:
    replicas: 2
    resources:
      <<: *small
      memory: { request: 256Mi, limit: 768Mi }
  smarthr360:edge:
    tls: { issuer: staging }
"""


def ask(stack: str, key: str = "") -> Result:
    return CliRunner().invoke(app, ["--stack", stack, *(["--key", key] if key else [])])


def answer(stack: str, key: str = "") -> str:
    result = ask(stack, key)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


def refusal(stack: str, key: str = "") -> str:
    result = ask(stack, key)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr


@pytest.fixture
def made_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stack file of our own, stack `small`."""
    monkeypatch.setattr(stack_values, "ROOT", tmp_path)
    file = tmp_path / "Pulumi.small.yaml"
    file.write_text(MADE_UP, encoding="utf-8")
    return file


def test_a_value_of_the_stack_file_is_told_with_its_line() -> None:
    lines = answer("production", "api.autoscaling.max").splitlines()
    assert lines[0] == "api.autoscaling.max in production: 10"
    number = re.fullmatch(r"  from     Pulumi\.production\.yaml, line (\d+)", lines[1])
    assert number
    assert "max: 10" in (ROOT / "Pulumi.production.yaml").read_text(encoding="utf-8").splitlines()[int(number[1]) - 1]
    assert lines[2:] == [
        "  default  none, required",
        "  meaning  Most pods; not below `min`.",
        "  allowed  a whole number from 1 to 1000",
    ]


@pytest.mark.parametrize(
    ("stack", "key", "first", "where"),
    [
        ("dev", "api.autoscaling.cpu", "70", "Autoscaling.cpu in components/settings/base.py"),
        ("staging", "worker.resources.cpu.limit", "1", "Worker.resources in components/settings/workloads.py"),
        ("dev", "delivery", "gitops", "Settings.delivery in components/settings/stack.py"),
        ("dev", "api.minAvailable", "not set", "Api.min_available in components/settings/workloads.py"),
        # Given by the model's own field, not by the model it inherits from nor by the object around it.
        (
            "dev",
            "api.resources.ephemeralStorage.limit",
            "4Gi",
            "ApiResources.ephemeral_storage in components/settings/workloads.py",
        ),
        (
            "dev",
            "redis.resources.ephemeralStorage.limit",
            "1Gi",
            "Resources.ephemeral_storage in components/settings/base.py",
        ),
    ],
)
def test_a_default_is_told_with_the_model_that_gives_it(stack: str, key: str, first: str, where: str) -> None:
    said = answer(stack, key)
    assert said.startswith(f"{key} in {stack}: {first}\n  from     the default, {where}\n")
    assert "Pulumi." not in said


def test_every_default_stands_in_the_class_and_file_that_are_named() -> None:
    for leaf in stack_values.LEAVES.values():
        if not leaf.required:
            attribute, path = stack_values.origin(leaf).split(" in ")
            class_name, name = attribute.split(".")
            body = (ROOT / path).read_text(encoding="utf-8").split(f"class {class_name}(")[1].split("\nclass ")[0]
            assert f"\n    {name}: " in body, leaf.key


def test_a_default_that_the_stack_file_overrides_stands_beside_its_value() -> None:
    assert "\n  default  2, Nginx.replicas in components/settings/workloads.py\n" in answer("dev", "nginx.replicas")
    assert "  default  " not in answer("staging", "nginx.replicas")


def test_a_quantity_is_told_as_kubernetes_reads_it_and_as_it_is_written() -> None:
    assert answer("production", "api.resources.cpu.limit").startswith(
        "api.resources.cpu.limit in production: 1, written 1000m\n"
    )
    assert ", written" not in answer("production", "api.resources.cpu.request")


def test_below_an_object_that_is_left_out_nothing_counts_not_even_a_default() -> None:
    said = answer("dev", "worker.autoscaling.cpu")
    assert said.startswith("worker.autoscaling.cpu in dev: not set\n")
    assert "worker.autoscaling is left out" in said
    assert "70" not in said.split("allowed")[0]
    assert answer("production", "worker.autoscaling.cpu").startswith("worker.autoscaling.cpu in production: 75\n")


def test_a_list_is_told_on_one_line() -> None:
    assert answer("production", "hosts.site").startswith(
        "hosts.site in production: smarthr360.com, www.smarthr360.com\n"
    )


def test_a_list_of_objects_is_told_in_words_and_with_the_keys_of_each() -> None:
    lines = answer("production", "gitops.windows").splitlines()
    assert lines[0] == "gitops.windows in production: allow daily 02:00-04:00; deny monday to friday 08:00-18:00"
    titles, *rows = [re.split("  +", line) for line in lines[lines.index("") + 1 :]]
    assert titles == ["in each", "allowed", "default", "meaning"]
    assert [row[0] for row in rows] == ["kind", "days", "from", "to", "manual"]
    assert rows[0][1:3] == ["allow or deny", "none, required"]
    assert rows[-1][1:3] == ["true or false", "false"]
    assert "in each" not in answer("production", "hosts.site")


def test_a_list_that_is_empty_says_so() -> None:
    assert answer("dev", "gitops.windows").startswith("gitops.windows in dev: none\n  from     the default, ")
    assert "\n  default  none, " in answer("production", "gitops.groups.admin")


def test_a_key_that_its_object_needs_has_no_default_though_the_object_may_be_left_out() -> None:
    assert "\n  default  none, required\n" in answer("production", "worker.autoscaling.min")
    assert "\n  default  70, Autoscaling.cpu in " in answer("production", "worker.autoscaling.cpu")


def test_an_object_is_a_table_of_every_key_below_it_and_no_other() -> None:
    lines = answer("production", "api").splitlines()
    assert lines[:3] == ["api in production: The API's pods.", "", lines[2]]
    assert lines[2].split() == ["key", "value", "from"]
    rows = [line.split() for line in lines[3:]]
    assert [row[0] for row in rows] == [key for key in stack_values.LEAVES if key.startswith("api.")]
    by_key = {row[0]: row[1:] for row in rows}
    assert by_key["api.autoscaling.cpu"] == ["70", "default"]
    assert by_key["api.minAvailable"][0] == "2"
    assert re.fullmatch(r"Pulumi\.production\.yaml:\d+", by_key["api.minAvailable"][1])


def test_a_key_may_be_given_as_the_errors_write_it() -> None:
    assert answer("dev", f"{NAMESPACE}api.autoscaling.max") == answer("dev", "api.autoscaling.max")
    assert answer("production", f"{NAMESPACE}gitops.windows[0].to") == answer("production", "gitops.windows")


@pytest.mark.parametrize("stack", STACKS)
def test_without_a_key_all_that_the_stack_file_sets_is_listed_and_nothing_else(stack: str) -> None:
    content = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))["config"]

    def keys(value: object, path: str) -> list[str]:
        if not isinstance(value, dict):
            return [path]
        return [key for name, inner in value.items() for key in keys(inner, f"{path}.{name}")]

    set_here = [key for name, value in content.items() for key in keys(value, name.removeprefix(NAMESPACE))]
    head, _, titles, *rows = answer(stack).splitlines()
    assert head == f"Pulumi.{stack}.yaml sets {len(set_here)} keys; every other key has its default."
    assert titles.split() == ["key", "value", "default", "line"]
    assert sorted(row.split()[0] for row in rows) == sorted(set_here)


def test_without_a_key_the_default_stands_beside_each_value() -> None:
    rows = [re.split(r"  +", line) for line in answer("dev").splitlines()]
    by_key = {row[0]: row[1:3] for row in rows if len(row) == 4}
    assert by_key["nginx.replicas"] == ["1", "2"]
    assert by_key["api.autoscaling.max"] == ["3", "none, required"]
    assert by_key["worker.replicas"] == ["1", "not set"]


@pytest.mark.parametrize(
    ("key", "command"),
    [
        ("secrets.dbPassword", "`pulumi config set --path --secret smarthr360:secrets.dbPassword`"),
        ("cluster.existing.context", "`pulumi config set --path smarthr360:cluster.existing.context staging-cluster`"),
    ],
)
def test_what_make_up_sets_is_told_with_what_to_type_for_another_cluster(key: str, command: str) -> None:
    said = answer("production", key)
    assert said.startswith(f"{key} in production: in no committed file\n")
    assert "`make up`" in said
    assert "for the embedded cluster" in said
    assert command in said
    assert "refused" not in said


def test_the_whole_cluster_and_all_secrets_say_so_too() -> None:
    for key, first in (("cluster", "cluster.existing.kubeconfig"), ("secrets", "secrets.secretKey")):
        assert f"`make up` sets what the embedded cluster needs; for another, KEY={first} says" in answer("dev", key)
    assert "make up" not in answer("dev", "api")


def test_a_secret_that_may_be_left_out_says_how_to_set_it() -> None:
    said = answer("dev", "secrets.sentryDsn")
    assert (
        "the default, ApplicationSecrets.sentry_dsn in components/settings/secrets.py; to set it, type `pulumi " in said
    )
    assert "make up" not in said


@pytest.mark.parametrize("stack", STACKS)
def test_no_answer_holds_a_path_of_this_machine(stack: str) -> None:
    said = "".join(answer(stack, key) for key in ["", *stack_values.LEAVES, *stack_values.OBJECTS])
    assert f"{ROOT}/" not in said
    assert f"{Path.home()}/" not in said
    assert ".local/" not in said
    assert "embedded-rw" not in said


@pytest.mark.parametrize(
    ("key", "near"),
    [("api.autoscaling.mx", "api.autoscaling.max"), ("apii", "api"), ("api.min_available", "api.minAvailable")],
)
def test_an_unknown_key_is_one_sentence_with_the_nearest(key: str, near: str) -> None:
    assert refusal("dev", key) == (
        f'error: "{key}" is not a key, the nearest is {near}; docs/configuration.md lists every key\n'
    )


def test_an_unknown_stack_is_one_sentence_with_the_nearest() -> None:
    assert refusal("prod", "api") == (
        f'error: "prod" is not a stack, the nearest is production; STACK is one of {", ".join(STACKS)}\n'
    )
    assert refusal("foo", "api") == f'error: "foo" is not a stack; STACK is one of {", ".join(STACKS)}\n'
    assert "is not a stack" in refusal("../dev")


def test_lines_are_right_across_blank_lines_and_merged_anchors(made_up: Path) -> None:
    lines = made_up.read_text(encoding="utf-8").splitlines()
    for key, value, text in (
        ("api.autoscaling.max", "3", "max: 3"),
        ("worker.resources.cpu.request", "250m", "cpu: { request: 250m"),
        ("worker.resources.memory.limit", "768Mi", "limit: 768Mi"),
    ):
        said = answer("small", key)
        assert said.startswith(f"{key} in small: {value}\n")
        number = re.search(r"Pulumi\.small\.yaml, line (\d+)\n", said)
        assert number
        assert text in lines[int(number[1]) - 1]


def test_a_key_without_a_namespace_is_this_projects_as_it_is_to_pulumi(made_up: Path) -> None:
    made_up.write_text(MADE_UP + "  delivery: direct\n", encoding="utf-8")
    assert answer("small", "delivery").startswith("delivery in small: direct\n")


def test_keys_of_another_namespace_are_not_listed_and_told_where_nothing_reads_it(made_up: Path) -> None:
    assert "region" not in answer("small")
    made_up.write_text(MADE_UP + "  smarthr361:nginx: { replicas: 5 }\n", encoding="utf-8")
    [refused] = [line for line in answer("small").splitlines() if "smarthr361" in line]
    assert refused.startswith("refused: smarthr361:nginx: is read by nothing, the nearest is smarthr360:nginx; ")
    assert "smarthr361" not in answer("small", "nginx")


def test_a_required_key_that_is_missing_is_told_with_what_to_type(made_up: Path) -> None:
    assert "issuer: staging" in made_up.read_text(encoding="utf-8")
    said = answer("small", "postgres.storage")
    assert said.startswith("postgres.storage in small: not set\n  from     nowhere, and it is required\n")
    assert "\nrefused: smarthr360:postgres.storage: is missing; type for example `pulumi config set" in said
    assert "refused" not in answer("small", "edge.tls.issuer")


@pytest.mark.parametrize(
    ("line", "key", "said"),
    [
        ('  smarthr360:nginx: { replicas: "2" }', "nginx.replicas", 'smarthr360:nginx.replicas: "2" is text'),
        ("  smarthr360:nginx: { replicas: 0 }", "nginx", "smarthr360:nginx.replicas: 0 is too small"),
        ("  smarthr360:nginx.replicas: 7", "nginx.replicas", "is taken for one name, dots and all"),
        ("  smarthr360:nginxx: { password: hunter2 }", "", "smarthr360:nginxx: is not a known key"),
    ],
)
def test_what_the_program_would_refuse_is_told(made_up: Path, line: str, key: str, said: str) -> None:
    made_up.write_text(MADE_UP + line + "\n", encoding="utf-8")
    out = answer("small", key)
    refused = [row for row in out.splitlines() if row.startswith("refused: ")]
    assert any(said in row for row in refused)
    assert "hunter2" not in out


def test_a_value_of_the_wrong_kind_is_told_as_it_is_written(made_up: Path) -> None:
    made_up.write_text(MADE_UP + '  smarthr360:app: { debug: "yes" }\n', encoding="utf-8")
    assert answer("small", "app.debug").startswith("app.debug in small: yes\n")


def test_of_a_list_with_one_bad_object_the_good_ones_are_told_in_words(made_up: Path) -> None:
    windows = """
    branch: main
    timeZone: UTC
    windows:
      - { kind: deny, days: [monday, friday], from: "08:00", to: "18:00" }
      - { kind: deny, days: weekends, from: 1000, to: 18:00 }
"""
    made_up.write_text(f"{MADE_UP}  smarthr360:gitops:{windows}", encoding="utf-8")
    said = answer("small", "gitops.windows")
    assert said.startswith("gitops.windows in small: deny monday and friday 08:00-18:00; an object\n")
    # Pulumi takes 18:00 for text, other readers of YAML for minutes.
    assert "\nrefused: smarthr360:gitops.windows[1].from: 1000 is a number, to be written in quotes" in said
    assert "windows[1].to" not in said


def test_a_key_with_dots_in_its_name_does_not_count_as_set(made_up: Path) -> None:
    made_up.write_text(MADE_UP + "  smarthr360:nginx.replicas: 7\n", encoding="utf-8")
    assert answer("small", "nginx.replicas").startswith("nginx.replicas in small: 2\n  from     the default, ")


def test_an_object_set_to_nothing_counts_as_left_out(made_up: Path) -> None:
    text = MADE_UP.replace("    replicas: 2\n", "    replicas: 2\n    autoscaling:\n")
    made_up.write_text(text, encoding="utf-8")
    assert "worker.autoscaling is left out" in answer("small", "worker.autoscaling.cpu")


@pytest.mark.parametrize("text", [f"{{ secure: '{CIPHERTEXT}' }}", "hunter2-hunter2-hunter2"])
def test_a_secret_in_the_stack_file_is_told_with_its_line_and_never_shown(made_up: Path, text: str) -> None:
    made_up.write_text(f"{MADE_UP}  smarthr360:secrets:\n    dbPassword: {text}\n", encoding="utf-8")
    said = answer("small", "secrets.dbPassword")
    line = len(MADE_UP.splitlines()) + 2
    assert said.startswith("secrets.dbPassword in small: a secret, never shown\n")
    assert f"Pulumi.small.yaml, line {line}; `make up` puts its own in its place" in said
    assert ("refused: smarthr360:secrets: is not encrypted; type" in said) == ("secure" not in text)
    for key in ("", "secrets", "secrets.dbPassword"):
        assert "hunter2" not in answer("small", key)
        assert CIPHERTEXT not in answer("small", key)


def test_an_encrypted_text_in_a_plain_key_is_not_shown_and_refused(made_up: Path) -> None:
    made_up.write_text(f"{MADE_UP}  smarthr360:nginx:\n    replicas: {{ secure: '{CIPHERTEXT}' }}\n", encoding="utf-8")
    said = answer("small", "nginx.replicas")
    assert CIPHERTEXT not in said + answer("small") + answer("small", "nginx")
    assert said.startswith("nginx.replicas in small: an object\n")
    assert "refused: smarthr360:nginx: is encrypted" in said


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("config: [", "Pulumi.small.yaml, line 1 is not YAML: "),
        ("config: {a: hunter2}}", "Pulumi.small.yaml, line 1 is not YAML: "),
        ("config: \x01hunter2", "Pulumi.small.yaml is not YAML: it holds characters that YAML forbids"),
        ("", "Pulumi.small.yaml has no `config:` with keys under it"),
        ("- config", "Pulumi.small.yaml has no `config:` with keys under it"),
        ("config: hunter2", "Pulumi.small.yaml has no `config:` with keys under it"),
    ],
)
def test_a_file_that_is_no_stack_file_is_one_sentence_without_what_it_holds(
    made_up: Path, text: str, sentence: str
) -> None:
    made_up.write_text(text, encoding="utf-8")
    assert refusal("small").startswith(f"error: {sentence}")
    assert "hunter2" not in refusal("small")


def test_a_key_that_stands_twice_is_refused_with_both_lines(made_up: Path) -> None:
    made_up.write_text(f"{MADE_UP}  smarthr360:edge: {{}}\n", encoding="utf-8")

    said = refusal("small")

    first = MADE_UP.splitlines().index("  smarthr360:edge:") + 1
    again = len(MADE_UP.splitlines()) + 1
    assert f"line {again} sets smarthr360:edge a second time, after line {first}; allowed is once" in said
