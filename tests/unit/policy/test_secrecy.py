"""What is a secret, and what only resembles one."""

from __future__ import annotations

import base64
import random
import string

import pytest

from manifests.fingerprints import HIDDEN, Fingerprints
from policy import secrecy


@pytest.mark.parametrize(
    "name",
    [
        *("PASSWORD", "DB_PASSWORD", "dbPassword", "DBPASSWORD", "postgres-password", "redis.passwd", "PGPASSPHRASE"),
        *("SECRET_KEY", "JWT_SECRET", "clientSecret", "API_KEY", "apikey", "private_key", "AWS_ACCESS_KEY"),
        *("DB_PASS", "requirepass", "GITHUB_TOKEN", "accessToken", "SENTRY_DSN", "credentials", "encryption-key"),
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert secrecy.is_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("DB_USER", "LOG_LEVEL", "PASSWORD_MIN_LENGTH", "TOKEN_LIFETIME_MINUTES", "SECRET_NAME", "secretName"),
        *("PASSWORD_FILE", "tokenUrl", "JWT_SECRET_VERSION", "CSRF_TOKEN_HEADER", "AUTH_TOKEN_TTL", "secret-type"),
        *(
            "KEY",
            "PRIMARY_KEY",
            "partition-key",
            "monkey",
            "bypass-cache",
            "SECURE_SSL_REDIRECT",
            "AUTHOR",
            "",
            "config-checksum",
        ),
    ],
)
def test_names_that_only_resemble_it(name: str) -> None:
    assert not secrecy.is_name(name)


@pytest.mark.parametrize("value", [HIDDEN, Fingerprints(b"key").of("planted")])
def test_what_pulumi_knows_to_be_secret_is_one_whatever_it_is_called(value: str) -> None:
    assert secrecy.is_value(value)


def test_random_values_look_random() -> None:
    chosen = random.Random(360)  # noqa: S311 (the same ones at every run)
    alphabet = string.ascii_letters + string.digits
    for length in (24, 32, 43, 64):
        values = ["".join(chosen.choices(alphabet, k=length)) for _ in range(1000)]
        assert sum(map(secrecy.is_value, values)) >= 980


def test_random_bytes_in_base64_look_random() -> None:
    chosen = random.Random(360)  # noqa: S311 (the same ones at every run)
    values = [base64.b64encode(chosen.randbytes(36)).decode() for _ in range(1000)]
    assert sum(map(secrecy.is_value, values)) >= 990


@pytest.mark.parametrize(
    "value",
    [
        *("86f68c94ce63203b", "0" * 64, "sha256:" + "0123456789abcdef" * 4, "c3a26315-5c6a-4b52-85c1-7aa4c6cae971"),
        *("django_celery_beat.schedulers:DatabaseScheduler", "HorizontalPodAutoscaler2Controller3Metrics"),
        *("/app/artifacts/models/RandomForest2/Version13", "ghcr.io/smarthr360/smarthr360-api:1.0.0-RC1-Build20"),
        *("smarthr360.com,www.smarthr360.com,api.smarthr360.com", "postgres-data", "Europe/Paris", "", "31536000"),
        *("https://oidc.eks.eu-west-3.amazonaws.com/id/EXAMPLE", "arn:aws:iam::000000000000:role/Smarthr360Api"),
    ],
)
def test_values_that_are_not_secret(value: str) -> None:
    assert not secrecy.is_value(value)


@pytest.mark.parametrize("value", ["planted", "12345678", "two words", " x "])
def test_a_value_is_given(value: str) -> None:
    assert secrecy.is_given(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        " ",
        '""',
        "true",
        "None",
        "$PASSWORD",
        "${PASSWORD}",
        "$(PASSWORD)",
        "{{ password }}",
        "<yours>",
        "***",
        "/run/x",
    ],
)
def test_an_empty_text_a_boolean_or_a_placeholder_is_not_given(value: str) -> None:
    assert not secrecy.is_given(value)


@pytest.mark.parametrize(
    "text",
    [
        *("postgres://app:planted@postgres:5432/smarthr360", "redis://:planted@redis", "amqp://a:b@broker/"),
        *("see https://somebody:planted@example.com for more", "https://example.com/?a=1&api_key=planted"),
        "https://hooks.example.com/x?token=planted",
    ],
)
def test_addresses_with_a_password_or_a_token(text: str) -> None:
    assert secrecy.in_urls(text)


@pytest.mark.parametrize(
    "text",
    [
        *("redis://redis:6379/0", "https://smarthr360.com", "https://git@example.com/a.git", "git@github.com:a/b.git"),
        *("postgres://app:$(PASSWORD)@postgres", "postgres://app:{{ password }}@postgres", "mailto:a@example.com"),
        *(
            "https://example.com/?page=2&token_type=bearer",
            "https://example.com/?token=$TOKEN",
            "http://[::1]:8080/a@b",
        ),
    ],
)
def test_addresses_without_one(text: str) -> None:
    assert not secrecy.in_urls(text)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("password = planted", ["password"]),
        ("a: 1\n  dbPassword: 'planted'\nb: 2", ["dbPassword"]),
        ('export API_TOKEN="planted"', ["API_TOKEN"]),
        ('{\n  "clientSecret": "planted",\n  "x": 1\n}', ["clientSecret"]),
        ("- token: planted\n- secret_key=planted", ["token", "secret_key"]),
        ("password:\npassword: $PASSWORD\npassword = ${PASSWORD}\npassword: /run/secrets/password", []),
        ('password = os.environ["PASSWORD"]\ntoken = read(file)', []),
        ("the password is planted\n# see token", []),
    ],
)
def test_lines_that_set_a_secret(text: str, names: list[str]) -> None:
    assert list(secrecy.in_lines(text)) == names


@pytest.mark.parametrize(
    "text",
    [
        *(
            "- name: DB_PASSWORD\n  value: planted",
            "host=db user=app password=planted dbname=x",
            "Id=a;Password=planted;",
        ),
        *(
            "AccountName=x;AccountKey=planted;",
            "DATABASES = {'default': {'PASSWORD': 'planted'}}",
            "requirepass planted",
        ),
        *("user default on >planted ~* +@all", "masterauth planted", f"admin:$apr1$abcdefgh${'x' * 22}"),
        'proxy_set_header Authorization "Basic cGxhbnRlZA==";',
    ],
)
def test_texts_that_set_a_secret_as_a_known_kind_of_file_does(text: str) -> None:
    assert any(secrecy.in_text(text))


@pytest.mark.parametrize(
    "text",
    [
        *("- name: DB_PASSWORD\n  valueFrom: x", "- name: PASSWORD_FILE\n  value: x", "password=$PASSWORD user=app"),
        *("{'PASSWORD': '$(PASSWORD)'}", "requirepass $REDIS_PASSWORD", "user default on nopass ~* +@all", "a:b:c"),
        *('proxy_set_header Authorization "Bearer $token";', "Authorization is basic here", "requirepass"),
    ],
)
def test_texts_that_only_name_one_do_not(text: str) -> None:
    assert not any(secrecy.in_text(text))


@pytest.mark.parametrize(
    "value",
    [
        *(f"npm_{'a1' * 18}", f"SG.{'a' * 22}.{'b' * 43}", f"sk-ant-api03-{'a' * 30}", f"dckr_pat_{'a' * 27}"),
        *("PuTTY-User-Key-File-3: ssh-ed25519", f"dop_v1_{'0a' * 32}", f"pypi-AgEIcHlwaS5vcmc{'a' * 20}"),
    ],
)
def test_tokens_of_more_services_are_known_by_their_format(value: str) -> None:
    assert secrecy.is_value(f"x = {value}")
