"""Who may do what in production, as Argo CD's own command line judges our argocd-rbac-cm and our AppProject."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.platform.argocd.config import config_maps
from components.settings import ArgoCd
from tests.support.program import run_program
from tests.support.stacks import good_config, with_gitops
from tools.engine import ensure

SUBJECTS = ("prod-admins", "prod-deployers", "prod-viewers", "strangers")
APPLICATION = "production/smarthr360-production"
ELSEWHERE = "staging/smarthr360-staging"

# Every verb and resource that Argo CD knows and that could do harm; a letter for each of SUBJECTS in its order:
# y(es) or a dot.
TABLE = """
    get                              applications     production/smarthr360-production   yyy.
    sync                             applications     production/smarthr360-production   yy..
    create                           applications     production/another                 y...
    update                           applications     production/smarthr360-production   y...
    delete                           applications     production/smarthr360-production   y...
    override                         applications     production/smarthr360-production   y...
    action/apps/Deployment/restart   applications     production/smarthr360-production   y...
    update/*/Pod/smarthr360/x        applications     production/smarthr360-production   y...
    delete/*/Pod/smarthr360/x        applications     production/smarthr360-production   y...
    get                              applications     staging/smarthr360-staging         ....
    sync                             applications     staging/smarthr360-staging         ....
    create                           applications     staging/another                    ....
    update                           applications     staging/smarthr360-staging         ....
    delete                           applications     staging/smarthr360-staging         ....
    override                         applications     staging/smarthr360-staging         ....
    get                              applications     default/another                    ....
    create                           applications     default/another                    ....
    get                              projects         production                         yyy.
    update                           projects         production                         ....
    delete                           projects         production                         ....
    create                           projects         another                            ....
    get                              projects         staging                            ....
    get                              logs             production/smarthr360-production   ....
    create                           exec             production/smarthr360-production   ....
    get                              applicationsets  production/any                     ....
    create                           applicationsets  production/any                     ....
    get                              clusters         https://kubernetes.default.svc     ....
    update                           clusters         https://kubernetes.default.svc     ....
    create                           clusters         https://elsewhere                  ....
    get                              repositories     https://github.com/any.git         ....
    create                           repositories     https://github.com/any.git         ....
    delete                           repositories     https://github.com/any.git         ....
    create                           certificates     any                                ....
    delete                           certificates     any                                ....
    create                           gpgkeys          any                                ....
    update                           accounts         admin                              ....
    create                           accounts         any                                ....
    invoke                           extensions       any                                ....
"""
ROWS = [tuple(line.split()) for line in TABLE.strip().splitlines()]


@dataclass(frozen=True)
class Judge:
    """Argo CD's command line with our policy.

    Attributes:
        program: where it is.
        policy: argocd-rbac-cm, with the AppProject's policies beside ours.
        kubeconfig: of a cluster that does not exist; the program insists on one, and does not ask it.
    """

    program: Path
    policy: Path
    kubeconfig: Path

    def can(self, subject: str, action: str, resource: str, target: str) -> bool:
        """Whether the subject may do it."""
        question = ["admin", "settings", "rbac", "can", subject, action, resource, target]
        done = subprocess.run(
            [str(self.program), *question, "--policy-file", str(self.policy)],
            env={"KUBECONFIG": str(self.kubeconfig), "HOME": str(self.kubeconfig.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout.strip() in ("Yes", "No"), done.stdout + done.stderr
        assert (done.returncode == 0) == (done.stdout.strip() == "Yes")
        return done.stdout.strip() == "Yes"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made = run_program(with_gitops(good_config("production")), tmp_path_factory.mktemp("program"), "production")
    return made.object("AppProject", "production")


def _judge(folder: Path, project: Any, **settings: Any) -> Judge:
    kubeconfig = folder / "kubeconfig"
    cluster = {"server": "https://127.0.0.1:1"}
    kubeconfig.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "nowhere", "cluster": cluster}],
                "users": [{"name": "nobody", "user": {"token": "none"}}],
                "contexts": [{"name": "nowhere", "context": {"cluster": "nowhere", "user": "nobody"}}],
                "current-context": "nowhere",
            }
        )
    )
    # What argocd-server adds to the config map for each AppProject (AppProject.ProjectPoliciesString in its source).
    name = project["metadata"]["name"]
    lines = []
    for role in project["spec"]["roles"]:
        subject = f"proj:{name}:{role['name']}"
        lines += [f"p, {subject}, projects, get, {name}, allow", *role["policies"]]
        lines += [f"g, {group}, {subject}" for group in role.get("groups", [])]
    data = config_maps(ArgoCd(**settings))["argocd-rbac-cm"]
    policy = folder / "argocd-rbac-cm.yaml"
    policy.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {"name": "argocd-rbac-cm"},
                "data": {**data, f"policy.{name}.csv": "\n".join(lines)},
            }
        )
    )
    return Judge(ensure("argo")["argocd"], policy, kubeconfig)


def test_argo_cd_allows_each_role_what_the_table_says_and_no_more(project: Any, tmp_path: Path) -> None:
    judge = _judge(tmp_path, project)
    questions = [
        (subject, row, expected == "y") for row in ROWS for subject, expected in zip(SUBJECTS, row[3], strict=True)
    ]

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda asked: judge.can(asked[0], *asked[1][:3]), questions))

    wrong = [
        f"{subject} {'may' if answer else 'may not'} {' '.join(row[:3])}"
        for (subject, row, expected), answer in zip(questions, answers, strict=True)
        if answer != expected
    ]
    assert wrong == []
    assert len(questions) == len(ROWS) * len(SUBJECTS) > 100


def test_the_policy_is_valid_to_argo_cd(project: Any, tmp_path: Path) -> None:
    judge = _judge(tmp_path, project)

    said = subprocess.run(
        [str(judge.program), "admin", "settings", "rbac", "validate", "--policy-file", str(judge.policy)],
        env={"KUBECONFIG": str(judge.kubeconfig), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.stdout.strip() == "Policy is valid."


def test_a_wider_role_is_noticed_by_the_table(project: Any, tmp_path: Path) -> None:
    """The table can fail: a viewer who may sync is seen."""
    roles = [
        role | {"policies": [line.replace(", get, ", ", *, ") for line in role["policies"]]}
        for role in project["spec"]["roles"]
    ]
    judge = _judge(tmp_path, {**project, "spec": {**project["spec"], "roles": roles}})

    assert judge.can("prod-viewers", "sync", "applications", APPLICATION)
    assert not judge.can("prod-viewers", "sync", "applications", ELSEWHERE)


def test_only_the_groups_that_sso_names_may_do_everything(project: Any, tmp_path: Path) -> None:
    sso = {
        "name": "Okta",
        "issuer": "https://smarthr360.okta.com",
        "clientId": "argocd",
        "adminGroups": ("platform-admins",),
    }
    judge = _judge(tmp_path, project, url="https://argocd.smarthr360.com", sso=sso)

    assert judge.can("platform-admins", "delete", "projects", "production")
    assert judge.can("platform-admins", "sync", "applications", ELSEWHERE)
    assert not judge.can("prod-admins", "delete", "projects", "production")
