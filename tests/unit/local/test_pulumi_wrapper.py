"""What is typed as `pulumi` in the shell of `make env`: what it is about, and where it goes."""

from __future__ import annotations

import pytest

from tools.local.config_command import is_about_secrets, refusal, refused
from tools.local.pulumi_arguments import PulumiArguments


@pytest.mark.parametrize(
    ("typed", "words", "stack"),
    [
        ("up --stack staging", ["up"], "staging"),
        ("up --stack=staging", ["up"], "staging"),
        ("-s dev preview", ["preview"], "dev"),
        ("up -sdev", ["up"], "dev"),
        ("up -s=dev", ["up"], "dev"),
        ("up -ys dev", ["up"], "dev"),
        ("up -fysdev", ["up"], "dev"),
        ("up --stack dev -s staging", ["up"], "staging"),
        ("--color never up --yes -r=true -s dev", ["up"], "dev"),
        ("-C /tmp -v 9 --tracing file:x up -m why --stack dev", ["up"], "dev"),
        ("--emoji up -p 4 -t urn --stack dev", ["up"], "dev"),
        ("config --stack dev set key -- --stack", ["config", "set", "key", "--stack"], "dev"),
        ("up --yes", ["up"], None),
        ("up --skip-preview -ms", ["up"], None),
        ("up --stack", ["up"], None),
        ("up -s", ["up"], None),
        ("config set key -", ["config", "set", "key", "-"], None),
        ("", [], None),
    ],
)
def test_words_and_the_stack_are_found_wherever_options_stand(typed: str, words: list[str], stack: str | None) -> None:
    line = PulumiArguments.read(typed.split())
    assert (line.words, line.options.get("stack")) == (words, stack)


@pytest.mark.parametrize(
    "typed",
    [
        "config refresh --force",
        "config --stack dev refresh",
        "--color never config cp --dest staging",
        "stack init staging",
        "stack --stack dev rename other",
        "stack change-secrets-provider passphrase",
    ],
)
def test_what_would_write_what_only_this_machine_knows_is_refused(typed: str) -> None:
    said = refused(typed.split()) or ""
    assert said.startswith("`pulumi ")
    assert "is not for the embedded cluster: " in said


@pytest.mark.parametrize("typed", ["", "up", "config", "stack", "stack ls", "stack select init", "config get refresh"])
def test_what_writes_nothing_of_the_kind_is_passed_on(typed: str) -> None:
    assert refused(typed.split()) is None


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("config set --path --secret smarthr360:secrets.sentryDsn --stack dev", None),
        ("config set --secret --path secrets.sentryDsn x -s dev", None),
        ("config set --stack dev --path --secret=true smarthr360:secrets.sentryDsn", None),
        ('config set --path --secret smarthr360:secrets["sentryDsn"]', None),
        ("config get --path smarthr360:secrets.sentryDsn", None),
        ("config rm --path smarthr360:secrets.sentryDsn", None),
        ("config set --path smarthr360:secrets.sentryDsn hunter2", "is never written in plain text; add --secret"),
        ("config set --plaintext --path secrets.dbUser hunter2", "is never written in plain text; add --secret"),
        ("config set --secret smarthr360:namespace hunter2", "leave out --secret"),
        ("config --stack dev set --path --secret smarthr360:secrets.sentryDsn", None),
        ("--color never -C . config set --path --secret=t smarthr360:secrets.sentryDsn", None),
        ("-v9 config -sdev set --secret --path -- smarthr360:secrets.sentryDsn", None),
        ("config set --secret=false --path smarthr360:secrets.dbUser hunter2", "is never written in plain text"),
        ('config set --plaintext --path smarthr360:["secrets"].dbUser hunter2', "is never written in plain text"),
        ('config set --plaintext --path ["smarthr360:secrets"].dbUser hunter2', "is never written in plain text"),
        ("config set --plaintext --path smarthr360:config:secrets.dbUser hunter2", "is never written in plain text"),
        ("--color never config --stack dev set --secret smarthr360:namespace hunter2", "leave out --secret"),
        ("config set-all --secret smarthr360:secrets.dbUser=hunter2", "secrets are set one by one"),
        ("config set-all --path --plaintext smarthr360:secrets.dbUser=hunter2", "secrets are set one by one"),
    ],
)
def test_what_is_typed_about_a_secret_goes_to_this_machines_own_file_or_is_refused(
    typed: str, said: str | None
) -> None:
    assert is_about_secrets(typed.split())
    refused = refusal(typed.split())
    assert said in refused if said and refused else refused is said
    assert "hunter2" not in (refused or "")


@pytest.mark.parametrize(
    "typed",
    [
        "config",
        "config --show-secrets --json",
        "config set --path smarthr360:api.autoscaling.max 5",
        "config set smarthr360:namespace secrets",
        "config set --stack secrets smarthr360:namespace x",
        "config set --path smarthr360:externalSecrets.store cloud",
        "config set --secret --config-file other.yaml smarthr360:secrets.dbUser",
        "config set-all --plaintext smarthr360:namespace=x",
        "up --secret smarthr360:secrets.x",
        "stack rm",
        "",
    ],
)
def test_what_is_about_no_secret_is_left_alone(typed: str) -> None:
    assert not is_about_secrets(typed.split())
