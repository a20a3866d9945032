import io

from rich.console import Console

from manifests.differences import Field
from policy.violation import Violation
from review.model import Action, Level, Report, Risk
from review.reports import terminal
from snapshot.model import Snapshot
from tests.support.reports import create, delete, example, inventory, report, thing, update

HIGH = Risk("replaces-stateful", Level.HIGH, "replaces a store")


def printed(source: Report, *, to_terminal: bool = False, width: int = 100) -> str:
    console = Console(
        file=io.StringIO(), force_terminal=to_terminal, color_system="standard" if to_terminal else None, width=width
    )
    terminal.show(source, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert isinstance(text, str)
    return text


def test_a_change_is_shown_with_owner_component_risks_and_fields_before_and_after() -> None:
    item = thing("StatefulSet", "postgres", "production", component="workloads:Postgres", protected=True)
    change = update(item, Field("spec.serviceName", "a", "b"), risks=(HIGH,), action=Action.REPLACE)
    lines = printed(report(change)).splitlines()
    assert lines[:2] == [
        "StatefulSet postgres in production is deleted and recreated.",
        "1 object changes in production (1 replaced); the risk is high in production.",
    ]
    assert "  ± replace StatefulSet postgres  workloads:Postgres, applied by Argo CD, protected  high risk" in lines
    assert "      spec.serviceName: a -> b" in lines
    assert "  high   replaces a store (replaces-stateful)" in lines
    assert "    production: StatefulSet postgres" in lines


def test_environments_come_riskiest_first() -> None:
    risky = delete(thing(stack="staging"), HIGH)
    text = printed(report(risky, create(thing(stack="production"))))
    table = [line.split()[0] for line in text.split("\n\n")[1].splitlines()]
    assert table == ["environment", "staging", "production", "dev"]
    assert text.index("staging: 1 change") < text.index("production: 1 change")


def test_a_field_that_is_new_or_gone_says_so() -> None:
    text = printed(report(update(thing(), Field("a", None, 1), Field("b", 2, None))))
    assert "a: not set -> 1\n" in text
    assert "b: 2 -> not set\n" in text


def test_policies_exemptions_and_problems_are_shown_each_in_its_place() -> None:
    violations = (
        Violation("dev", "debug-off", True, "ConfigMap app", "debug is on"),
        Violation("dev", "image-by-digest", False, "Deployment api", "has no digest"),
        Violation("dev", "no-root", True, "Deployment old", "runs as root", "until 2027-01-01, by platform"),
    )
    text = printed(report(problems=("main: Pulumi.dev.yaml is broken",), violations=violations))
    stops, rest = text.split("Policies that stop the deployment")[1].split("Policies that advise against it")
    advice, exempt = rest.split("Exemptions")
    assert "debug is on (debug-off)" in stops
    assert "has no digest (image-by-digest)" in advice
    assert "dev: Deployment old: no-root: until 2027-01-01, by platform" in exempt
    assert "runs as root" not in stops + advice
    assert "problem: main: Pulumi.dev.yaml is broken" in text


def test_empty_sections_are_left_out() -> None:
    text = printed(report())
    assert text.startswith("Nothing changes in dev, staging and production.")
    for word in ("Risks", "Policies that", "Exemptions", "problem:", "changes\n"):
        assert word not in text


def test_without_a_terminal_there_is_no_colour_and_no_line_is_broken() -> None:
    long = "registry.example.com/" + "x" * 200
    text = printed(report(update(thing(), Field("image", f"{long}:1", f"{long}:2"))), width=40)
    assert "\x1b" not in text
    assert f"image: {long}:1 -> {long}:2\n" in text


def test_on_a_terminal_there_is_colour() -> None:
    assert "\x1b[" in printed(example(), to_terminal=True)


def test_what_a_value_holds_is_neither_obeyed_by_the_terminal_nor_by_rich() -> None:
    field = Field("a\x1b]0;x\x07", "\x1b[2Jgone", "[red]:smile:[/red]")
    text = printed(report(create(thing(name="\x1b[31mred")), update(thing(), field)), to_terminal=True)
    assert "\x1b[2J" not in text
    assert "\x1b]0" not in text
    assert "\x1b[31mred" not in text
    assert r"\x1b[2Jgone" in text
    assert "[red]:smile:[/red]" in text


def test_what_is_too_long_is_counted() -> None:
    fields = [Field(f"data.key{number}", 1, 2) for number in range(100)]
    text = printed(report(update(thing(), *fields, Field("long", "x" * 1_000, None))))
    assert "… and 41 lines more" in text
    assert "data.key59" in text
    assert "data.key60" not in text


def test_an_inventory_lists_every_object_and_compares_nothing() -> None:
    listed = inventory(thing("Deployment", "api", protected=True), thing("Service", "api", namespace=None))
    text = printed(listed)
    assert [line.split() for line in text.splitlines()[-2:]] == [
        ["Deployment", "smarthr360", "api", "workloads:Api", "Argo", "CD", "protected", "passes"],
        ["Service", "api", "workloads:Api", "Argo", "CD", "passes"],
    ]
    assert "risk" not in text
    assert "whole diff" not in text


def test_an_inventory_lists_what_controllers_make_last_and_does_not_count_it() -> None:
    text = printed(inventory(thing("Namespace", "shop", namespace=None)))
    assert "1 object in dev" in text
    assert [" ".join(line.split()) for line in text.splitlines()[-2:]] == [
        "ConfigMap shop kube-root-ca.crt workloads:Api controller (Kubernetes) not checked",
        "ServiceAccount shop default workloads:Api controller (Kubernetes) not checked",
    ]


def test_what_could_not_be_compared_is_listed_instead() -> None:
    heads = (Snapshot("dev", "HEAD", (thing(name="only-in-the-inventory"),)),)
    text = printed(report(heads=heads, problems=("main: cannot be read",), uncompared=("dev",)))
    assert "not compared" in text
    assert "only-in-the-inventory" in text


def test_a_live_preview_tells_apart_what_somebody_else_changes_and_what_the_program_would() -> None:
    drift = (update(thing(name="edited"), Field("data.by-hand", None, "yes")),)
    text = printed(report(update(thing(name="planned"), Field("data.key", 1, 2)), drift=drift))
    assert text.split("\n\n")[1].splitlines()[0].split()[-1] == "drift"
    before, _, after = text.partition("dev: this program would change it, 1 change\n")
    assert "dev: somebody else has changed the cluster, 1 change\n" in before
    assert ("ConfigMap edited" in before, "ConfigMap edited" in after) == (True, False)
    assert ("ConfigMap planned" in before, "ConfigMap planned" in after) == (False, True)
    assert "drift" not in printed(report(update(thing(), Field("a", 1, 2))))


def test_a_long_name_is_whole_in_an_inventory_on_a_narrow_terminal_and_in_a_file() -> None:
    name = "a-name-" + "x" * 100
    narrow = printed(inventory(thing(name=name)), to_terminal=True, width=60)
    assert "…" not in narrow
    assert narrow.count("x") >= 100
    assert f" {name} " in printed(inventory(thing(name=name)), width=60)
