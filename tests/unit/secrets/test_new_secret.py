"""A new secret of the application is one declaration: everything that has to know it takes it up by itself."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import Any

import pytest

from tests.support.stacks import ROOT

BEFORE = "    sentry_dsn: Annotated["
DECLARED = """\
    mail_password: Annotated[SecretStr, Use(("app/MAIL_PASSWORD",))] = Field(min_length=20, description="Mail's.")
    mail_token: Annotated[SecretStr, Use(("redis/mail",), needed_by="worker.autoscaling")] = Field(
        default=SecretStr(""), description="For the worker's mail."
    )
"""

SHOW = """
import json, sys
from pathlib import Path
from components.secrets.contents import contents
from components.settings import ApplicationSecrets, Settings
from components.settings.secrets import made_up
from manifests.fingerprints import Fingerprints
from snapshot import stack_config
from tests.support.stacks import good_config, not_real, refusals
from tools.pages.configuration import page

config = good_config("dev")
without = {key: text for key, text in config["secrets"].items() if key != "mailPassword"}
autoscaled = config["worker"] | {"autoscaling": {"min": 2, "max": 3}}
autoscaled.pop("replicas", None)
values = ApplicationSecrets.model_validate(not_real(required=False))
places = {f"{one.name}/{key}": value for one in contents("a.b/c", "me") for key, value in one.data.items()}
raw, _ = stack_config.read(Path("Pulumi.dev.yaml"), Settings, Fingerprints(b"key"), Path(sys.argv[1]))
print(json.dumps({
    "missing": refusals(config | {"secrets": without}),
    "needed": refusals(config | {"worker": autoscaled}),
    "plain": {place: value.of(values) for place, value in places.items()},
    "templates": {place: value.go_template for place, value in places.items()},
    "local": made_up(),
    "preview": list(json.loads(raw["smarthr360:secrets"])),
    "page": page(),
}))
"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("copy")
    for path in ROOT.iterdir():
        if path.suffix in (".py", ".yaml", ".toml"):
            shutil.copy(path, folder)
    for name in ("components", "manifests", "snapshot", "stack_file", "tools", "tests/support"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    models = folder / "components" / "settings" / "secrets.py"
    text = models.read_text(encoding="utf-8")
    assert text.count(BEFORE) == 1
    models.write_text(text.replace(BEFORE, DECLARED + BEFORE), encoding="utf-8")
    done = subprocess.run([sys.executable, "-c", SHOW, folder], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_it_is_missed_where_it_must_be_set_and_where_a_setting_needs_it(shown: Any) -> None:
    command = "type `pulumi config set --path --secret smarthr360:secrets."
    (missing,), (needed,) = shown["missing"], shown["needed"]

    assert missing.startswith(f"smarthr360:secrets.mailPassword: is missing; {command}mailPassword`")
    assert needed == (f"smarthr360:secrets.mailToken: is missing, and worker.autoscaling needs it; {command}mailToken`")


def test_it_goes_to_its_secrets_from_either_source(shown: Any) -> None:
    assert shown["plain"]["smarthr360-secrets/MAIL_PASSWORD"].startswith("not-a-real-mailPassword-")
    assert 'index . "mailPassword"' in shown["templates"]["smarthr360-secrets/MAIL_PASSWORD"]
    assert "{20,}" in shown["templates"]["smarthr360-secrets/MAIL_PASSWORD"]
    assert {key for key, text in shown["plain"].items() if "mailToken" in text} == {"redis-secrets/mail"}


def test_the_embedded_cluster_the_preview_and_the_page_know_it(shown: Any) -> None:
    assert len(shown["local"]["mailPassword"]) >= 20
    assert "mailToken" not in shown["local"]
    assert "mailPassword" in shown["preview"]
    assert "mailToken" not in shown["preview"]
    assert "| `secrets.mailPassword` |" in shown["page"]
