"""The stand-ins for the clouds' logins, and where they are found."""

from __future__ import annotations

import pytest

from snapshot.fake_cloud import CLUSTERS
from tests.unit.embedded.clouds.calls import EKS, create
from tools.embedded.clouds import credentials, schema
from tools.embedded.clouds.layout import COMMANDS, CloudLayout
from tools.embedded.clouds.provider import Provider


def test_a_program_stands_on_path_for_each_provider_and_each_login(layout: CloudLayout) -> None:
    names = {path.name for path in layout.bin.iterdir()}

    assert names == {*(f"pulumi-resource-{provider}" for provider in schema.PACKAGES), *COMMANDS}
    assert layout.environment({"PATH": "/usr/bin"})["PATH"] == f"{layout.bin}:/usr/bin"
    assert all("stand-in" in path.read_text() for path in layout.bin.iterdir())


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("aws --region eu-west-3 eks get-token --cluster-name other", "there is no cluster other"),
        ("aws eks get-token", "the following arguments are required: --region, --cluster-name"),
        ("aws s3 ls", "invalid choice: 's3'"),
        ("gke-gcloud-auth-plugin", "KUBERNETES_EXEC_INFO names no cluster; set provideClusterInfo: true"),
        ("gke-gcloud-auth-plugin --verbose", "unrecognized arguments: --verbose"),
        ("kubelogin get-token --login azurecli --server-id other", "argument --server-id: invalid choice"),
        (f"kubelogin get-token --login password --server-id {credentials.AKS_SERVER}", "invalid choice"),
        (
            f"kubelogin get-token --login azurecli --server-id {credentials.AKS_SERVER}",
            "there is no cluster",
        ),
    ],
)
def test_a_login_that_asks_wrongly_gets_nothing(
    aws: Provider,
    layout: CloudLayout,
    arguments: str,
    sentence: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    create(aws, CLUSTERS["aws"], "c", EKS)
    for name, value in layout.environment({}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("KUBERNETES_EXEC_INFO", raising=False)
    monkeypatch.setattr("sys.argv", ["credentials", *arguments.split()])

    try:
        code: object = credentials.main()
    except SystemExit as ended:  # argparse's own
        code = ended.code

    printed = capsys.readouterr()
    assert code != 0
    assert sentence in printed.err
    assert printed.out == ""
