"""What `make up`, `make explain` and `make render-check` refuse of a committed stack file before they do anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from errors import UserError
from tests.support.stacks import ROOT
from tools import stack_values


def faults(folder: Path, more: str) -> list[str]:
    """Return what is refused of dev's stack file with this added to its configuration."""
    text = (ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8")
    (folder / "Pulumi.dev.yaml").write_text(f"{text}  {more}\n", encoding="utf-8")
    return stack_values.read("dev", folder).faults()


def test_each_secret_in_plain_text_beside_an_encrypted_one_is_refused_and_no_other(tmp_path: Path) -> None:
    secrets = "{ dbUser: { secure: 'v1:x' }, dbPassword: hunter2, redisPassword: hunter3 }"
    found = faults(tmp_path, f"smarthr360:secrets: {secrets}")
    assert [fault.split(": ")[0] for fault in found] == [
        "smarthr360:secrets.dbPassword",
        "smarthr360:secrets.redisPassword",
    ]
    assert all("is not encrypted in Pulumi.dev.yaml; type `pulumi config set" in fault for fault in found)
    assert "hunter" not in "".join(found)


def test_secrets_that_are_all_encrypted_or_all_plain_are_what_they_were(tmp_path: Path) -> None:
    assert faults(tmp_path, "secrets: { dbUser: { secure: 'v1:x' } }") == []
    [said] = faults(tmp_path, "secrets: { dbUser: hunter2 }")
    assert said.startswith("smarthr360:secrets: is not encrypted")


@pytest.mark.parametrize(
    "value",
    [
        *("&a [*a]", "&a { <<: *a }", "{ [1]: 2 }", "2024-13-45", "!!int x", "!!bool x", "!!timestamp x", '"\\ud800"'),
        *("9" * 5000, "[" * 200, "[" * 1000, "!!python/object/apply:os.getcwd []"),
    ],
)
def test_what_is_made_to_hurt_is_one_sentence_with_its_line(tmp_path: Path, value: str) -> None:
    lines = (ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8").count("\n")
    with pytest.raises(UserError, match=f"^Pulumi.dev.yaml, line {lines + 1}.* ") as refused:
        faults(tmp_path, f"smarthr360:addons: {value}")
    assert str(refused.value).isprintable()
