import contextvars
import json
import re
from collections.abc import Iterator, Mapping

import pulumi
import pytest
import yaml
from pydantic import SecretStr, ValidationError

from components.settings import Secrets, Settings, load, parse
from components.settings.identity import KNOWN
from components.settings.schema import leaves, type_of
from components.settings.types.names import HostName
from errors import UserError
from tests.support.bad_stacks import BAD_STACKS, PLAIN_SECRETS, SSO, BadStack
from tests.support.stacks import NAMESPACE, ROOT, STACKS, Secret, as_pulumi, good_config, not_real, secrets, with_gitops
from units import Duration, Quantity, Size


def read(config: Mapping[str, object]) -> Settings:
    return parse(*as_pulumi(config))


def refusal(raw: Mapping[str, object], secret_keys: set[str]) -> tuple[str, ...]:
    with pytest.raises(UserError) as caught:
        parse(raw, secret_keys)
    return caught.value.sentences


def changed(changes: Mapping[str, object]) -> dict[str, object]:
    return BadStack("", changes, (), "dev", "").config


@pytest.mark.parametrize("stack", [pytest.param(stack, id=stack.id) for stack in BAD_STACKS])
def test_a_bad_stack_is_refused_with_one_sentence_for_each_fault_and_no_secret(stack: BadStack) -> None:
    errors = refusal(*as_pulumi(stack.config))
    assert errors == stack.errors
    hidden = [*secrets(stack.config), *PLAIN_SECRETS.values(), "1234567890123456"]
    assert [secret for secret in hidden if secret and secret in "\n".join(errors)] == []


def test_there_are_forty_bad_stacks_or_more_each_with_a_name_of_its_own() -> None:
    assert len({stack.id for stack in BAD_STACKS}) == len(BAD_STACKS) >= 40
    assert any(len(stack.errors) > 3 for stack in BAD_STACKS)


@pytest.mark.parametrize("key", [str(field.alias) for field in Secrets.model_fields.values()])
@pytest.mark.parametrize("wrap", [lambda it: [it], lambda it: {"value": it}, lambda it: {it: it}, lambda it: [[it], 7]])
def test_a_secret_of_the_wrong_shape_is_refused_unseen(key: str, wrap: object) -> None:
    assert callable(wrap)
    (error,) = refusal(*as_pulumi(changed({f"secrets.{key}": wrap("hunter2hunter2")})))
    assert error.startswith(f"{NAMESPACE}secrets.{key}: is a")
    assert "hunter2" not in error


@pytest.mark.parametrize("value", ["hunter2hunter2", ["hunter2hunter2"], 2222222, True])
def test_secrets_that_are_no_object_are_refused_unseen(value: object) -> None:
    raw, _ = as_pulumi(changed({"secrets": value}))
    errors = "\n".join(refusal(raw, {f"{NAMESPACE}secrets"}))
    assert errors.startswith(f"{NAMESPACE}secrets: is ")
    assert not re.search("hunter2|2222222", errors)


def test_a_refusal_carries_nothing_of_pydantics_along() -> None:
    with pytest.raises(UserError) as caught:
        read(changed({"secrets.dbPassword": Secret("hunter2")}))
    assert caught.value.__context__ is None
    assert caught.value.__cause__ is None
    assert not re.search("hunter2|[Ii]nput|pydantic|://", str(caught.value))


@pytest.mark.parametrize("environment", STACKS)
def test_a_committed_stack_is_good_once_it_has_a_cluster_and_secrets(environment: str) -> None:
    settings = read(good_config(environment))
    assert settings.environment == environment or environment not in KNOWN
    assert settings.app.debug == (settings.environment == "dev")
    assert all(host.endswith("smarthr360.com") for host in settings.hosts.site + settings.hosts.api)


@pytest.mark.parametrize("environment", STACKS)
def test_a_committed_stack_has_neither_cluster_nor_secrets_nor_what_is_the_default_anyway(environment: str) -> None:
    text = (ROOT / f"Pulumi.{environment}.yaml").read_text(encoding="utf-8")
    config = {key.removeprefix(NAMESPACE): value for key, value in yaml.safe_load(text)["config"].items()}
    assert config.keys().isdisjoint({"cluster", "secrets"})
    assert "secure" not in text
    defaults = {
        leaf.key: str(leaf.default)
        for key, field in Settings.model_fields.items()
        for leaf in leaves(type_of(field), field, key, field.default)
    }
    given = dict(flat(config))
    assert given.keys() <= defaults.keys()
    assert {key for key, value in given.items() if value == defaults[key]} == set()


def flat(config: Mapping[str, object], above: str = "") -> Iterator[tuple[str, str]]:
    for key, value in config.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", str(value)


def test_production_is_what_the_design_says() -> None:
    settings = read(good_config("production"))
    assert settings.namespace == "smarthr360"
    assert settings.hosts.site == (HostName("smarthr360.com"), HostName("www.smarthr360.com"))
    assert (settings.api.autoscaling.min, settings.api.autoscaling.max) == (3, 10)
    assert settings.api.resources.cpu.limit == Quantity("1")
    assert settings.api.resources.memory.request == Size("1Gi")
    assert settings.postgres.storage == Size("100Gi")
    assert settings.app.log_level == "WARNING"
    assert not settings.gitops.automated
    assert [str(window) for window in settings.gitops.windows] == [
        "allow daily 02:00-04:00",
        "deny monday to friday 08:00-18:00",
    ]


def test_what_a_stack_leaves_out_has_its_default() -> None:
    config = with_gitops(good_config("staging"))
    del config["delivery"]
    settings = read(config)
    assert settings.delivery == "gitops"
    assert settings.gitops.automated
    assert settings.gitops.windows == ()
    assert (settings.storage.classes.read_write_once, settings.storage.classes.read_write_many) == (
        "smarthr360-rwo",
        "smarthr360-rwx",
    )
    assert settings.app.hsts == Duration("8760h")
    assert settings.api.gunicorn.timeout.seconds == 120
    assert settings.api.resources.ephemeral_storage.limit == Size("4Gi")
    assert settings.redis.max_memory.value == 1024**3
    assert isinstance(settings.secrets, Secrets)
    assert settings.secrets.sentry_dsn.get_secret_value() == ""


def test_a_key_that_is_set_leaves_the_defaults_beside_it_alone() -> None:
    settings = read(changed({"redis.resources.memory.limit": "4Gi", "api.gunicorn.workers": 8}))
    assert settings.redis.resources.memory.limit == Size("4Gi")
    assert settings.redis.resources.memory.request == Size("1Gi")
    assert settings.redis.resources.cpu.limit == Quantity("500m")
    assert (settings.api.gunicorn.workers, settings.api.gunicorn.threads) == (8, 2)
    assert read(good_config("dev")).redis.resources.memory.limit == Size("2Gi")


def test_a_whole_number_is_a_quantity_too() -> None:
    cpu = read(changed({"api.resources.cpu.request": 1, "api.resources.cpu.limit": 2})).api.resources.cpu
    assert (cpu.request, cpu.limit) == (Quantity("1"), Quantity("2"))


def test_empty_top_level_values_count_as_missing() -> None:
    raw, secret_keys = as_pulumi(good_config("dev"))
    assert parse(raw | {f"{NAMESPACE}delivery": "", f"{NAMESPACE}redis": "{}"}, secret_keys).delivery == "gitops"
    empty = {f"{NAMESPACE}{name}": "" for name in ("environment", "namespace", "delivery")} | {
        f"{NAMESPACE}{name}": "{}"
        for name in Settings.model_fields
        if name not in ("environment", "namespace", "delivery")
    }
    errors = refusal(empty, set())
    assert errors == refusal({}, set())
    assert len(errors) > 15
    assert all(": is missing; type " in error or ": is missing; allowed is " in error for error in errors)


@pytest.mark.parametrize("delivery", ["direct", "render"])
def test_tokens_are_asked_for_only_where_argo_cd_delivers(delivery: str) -> None:
    settings = read(changed({"delivery": delivery, "argocd": {"url": "https://argocd.smarthr360.com", "sso": SSO}}))
    assert settings.argocd.sso is not None
    assert settings.secrets.sso_client_secret.get_secret_value() == ""


def test_a_token_that_is_needed_is_missed_along_with_every_other_fault() -> None:
    errors = refusal(*as_pulumi(BadStack("", {"delivery": "gitops", "images.tag": "latest"}, (), "staging", "").config))
    assert [error.split(": ")[0] for error in errors] == [f"{NAMESPACE}images.tag", f"{NAMESPACE}secrets.slackToken"]


def test_a_key_without_a_value_is_empty() -> None:
    raw, secret_keys = as_pulumi(good_config("dev"))
    raw[f"{NAMESPACE}app"] = '{"logLevel": null}'
    assert refusal(raw, secret_keys) == ("smarthr360:app.logLevel: is empty; allowed is DEBUG, INFO, WARNING or ERROR",)


def test_a_path_that_was_set_as_one_name_is_refused_with_the_option_path() -> None:
    raw, secret_keys = as_pulumi(good_config("dev"))
    raw[f"{NAMESPACE}api.autoscaling.min"] = "2"
    assert refusal(raw, secret_keys) == (
        "smarthr360:api.autoscaling.min: is taken for one name, dots and all; type "
        "`pulumi config set --path smarthr360:api.autoscaling.min` to reach the key below",
    )


def test_an_unknown_top_level_key_is_refused_without_its_value_even_when_encrypted() -> None:
    raw, secret_keys = as_pulumi(good_config("dev") | {"password": Secret("hunter2")})
    (error,) = refusal(raw, secret_keys)
    assert error.startswith("smarthr360:password: is not a known key")
    assert "hunter2" not in error


def test_keys_of_other_namespaces_change_nothing() -> None:
    raw, secret_keys = as_pulumi(good_config("dev"))
    assert parse(raw | {"aws:region": "eu-west-1", "pulumi:tags": "{}"}, secret_keys) == parse(raw, secret_keys)


def test_settings_do_not_change_and_do_not_show_secrets() -> None:
    settings = read(good_config("dev"))
    with pytest.raises(ValidationError):
        settings.api.autoscaling.max = 50  # type: ignore[misc]
    shown = f"{settings!r} {settings} {settings.model_dump()} {json.dumps(settings.secrets.model_dump(mode='json'))}"
    assert [secret for secret in secrets(good_config("dev")) if secret in shown] == []
    assert isinstance(settings.secrets, Secrets)
    assert settings.secrets.db_password == SecretStr(not_real(required=True)["dbPassword"])


def test_the_apis_image_is_pinned_by_its_digest_where_one_is_given() -> None:
    assert read(good_config("dev")).images.api == "ghcr.io/smarthr360/smarthr360-api:develop-4f2a9c1"
    digest = "sha256:" + "0a" * 32
    images = read(changed({"images.digests.api": digest, "images.registry": "localhost:5000/team"})).images
    assert images.api == f"localhost:5000/team/smarthr360-api:develop-4f2a9c1@{digest}"


def test_load_reads_what_the_sdk_was_given_and_writes_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    raw, secret_keys = as_pulumi(good_config("dev"))

    def program(keys: list[str]) -> Settings:
        pulumi.runtime.set_all_config(raw | {"aws:region": "eu-west-1"}, keys)
        return load("dev")

    assert contextvars.copy_context().run(program, sorted(secret_keys)) == parse(raw, secret_keys)
    with pytest.raises(UserError, match="smarthr360:secrets: is not encrypted"):
        contextvars.copy_context().run(program, [])
    assert capfd.readouterr() == ("", "")
