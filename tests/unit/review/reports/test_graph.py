from typing import Any
from xml.etree.ElementTree import Element

import pytest

from manifests.references import connections, uses
from review.model import Action
from review.reports.graph import picture
from snapshot.model import Snapshot
from tests.support.reports import STACKS, environment, thing


def snapshot(*objects: Any) -> Snapshot:
    return Snapshot("dev", "HEAD", objects)


def texts(found: Element, class_: str) -> list[str]:
    return [item.text or "".join(item.itertext()) for item in found.iter("text") if class_ in (item.get("class") or "")]


def boxes(found: Element) -> dict[str, tuple[float, float, float, float]]:
    """Where each component's box is: left, top, right, bottom."""
    places = {}
    for box in found.iter("g"):
        rect = box.find("rect")
        if rect is not None:
            x, y, width, height = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
            places[texts(box, "component")[0]] = (x, y, x + width, y + height)
    return places


@pytest.mark.parametrize("stack", STACKS)
def test_every_component_is_a_box_with_all_its_objects_and_no_box_covers_another(stack: str) -> None:
    found = picture(environment(stack), {})
    places = boxes(found)
    assert set(places) == {item.component.split(":")[1] for item in environment(stack).objects}
    assert len(texts(found, "name")) == len(environment(stack).objects)
    for name, (left, top, right, bottom) in places.items():
        for other, (left2, top2, right2, bottom2) in places.items():
            assert name == other or right < left2 or right2 < left or bottom < top2 or bottom2 < top
    assert max(bottom for _, _, _, bottom in places.values()) <= float(found.get("height", ""))


def test_columns_go_from_the_foundation_over_stores_and_workloads_to_the_edge() -> None:
    places = boxes(picture(environment("production"), {}))
    columns = [
        {"Namespace", "Secrets", "AppConfig", "Access", "Network"},
        {"Postgres", "Redis", "Storage"},
        {"Api", "Worker", "Beat", "Nginx"},
        {"Routing", "Project", "Application"},
    ]
    lefts = [{places[name][0] for name in names} for names in columns]
    assert [len(found) for found in lefts] == [1, 1, 1, 1]
    assert lefts == sorted(lefts, key=min)
    assert places["Routing"][1] < places["Project"][1]


def test_who_needs_what_is_read_from_the_objects_themselves() -> None:
    found = uses(environment("production"))
    assert found["workloads:Api"] == {
        *("environment:Secrets", "workloads:Access", "workloads:AppConfig", "workloads:Storage"),
    }
    assert found["workloads:Routing"] == {"workloads:Api", "workloads:Nginx"}
    assert found["workloads:Storage"] == set()


def test_who_may_connect_to_whom_is_read_from_the_network_policies() -> None:
    found = connections(environment("production"))
    assert found["workloads:Worker"] == {"workloads:Postgres", "workloads:Redis"}
    assert found["workloads:Nginx"] == {"workloads:Api"}
    assert "workloads:Postgres" not in found


def test_a_policy_that_selects_all_pods_or_other_namespaces_draws_no_line() -> None:
    pod = {"spec": {"template": {"metadata": {"labels": {"app": "a"}}}}}
    server, client = (thing("Deployment", name, component=f"workloads:{name}", manifest=pod) for name in "ab")
    selector = {"matchLabels": {"app": "a"}}
    peers: list[dict[str, Any]] = [{"podSelector": {}}, {"namespaceSelector": {}, "podSelector": selector}]
    for peer in peers:
        spec = {"podSelector": selector, "ingress": [{"from": [peer]}]}
        policy = thing("NetworkPolicy", "p", component="workloads:Network", manifest={"spec": spec})
        assert not any(connections(snapshot(server, client, policy)).values())


def test_what_changes_is_marked_and_nothing_else() -> None:
    changed, same = thing(name="changed"), thing(name="same")
    found = picture(snapshot(changed, same), {changed.urn: Action.UPDATE})
    assert texts(found, "update") == ["~ changed"]
    assert "same" in texts(found, "name")


def test_a_component_with_many_objects_says_how_many_are_not_drawn() -> None:
    found = picture(snapshot(*(thing(name=f"app-{number}") for number in range(50))), {})
    assert "and 36 more" in texts(found, "kind")
    assert texts(found, "number") == ["50"]


def test_a_line_ends_at_both_boxes() -> None:
    found = picture(environment("production"), {})
    lines = [item for item in found.iter("g") if "line" in (item.get("class") or "")]
    assert len([item for item in lines if "reaches" in (item.get("class") or "")]) == 7
    rights = {place[2] for place in boxes(found).values()}
    for item in lines:
        tip = item.find("path[@class='tip']")
        assert tip is not None
        assert float(tip.get("d", "")[1:].split()[0]) in rights


def test_long_names_are_cut_and_whole_where_one_points_at_them() -> None:
    name = "x" * 60
    found = picture(snapshot(thing(name=name)), {})
    (label,) = texts(found, "name")
    assert len(label) < 30
    assert name in "".join(found.itertext())
