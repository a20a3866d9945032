"""A picture of an environment: its components as boxes with their objects, and lines to what they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from manifests.references import connections, uses
from review.model import Action
from review.reports.dom import Element, element
from review.reports.summary import SIGNS
from review.reports.texts import line, visible
from snapshot.model import Object, Snapshot

FOUNDATION, STORES, WORKLOADS, EDGE, DELIVERY = "Foundation", "Stores", "Workloads", "Edge", "Delivery"
_COLUMNS = ((FOUNDATION,), (STORES,), (WORKLOADS,), (EDGE, DELIVERY))
_PACKAGES = {"environment": FOUNDATION, "cluster": FOUNDATION, "delivery": DELIVERY, "platform": DELIVERY}
_KINDS = {
    **dict.fromkeys(("Gateway", "HTTPRoute", "Ingress", "Certificate", "Issuer", "ClusterIssuer"), EDGE),
    **dict.fromkeys(("Deployment", "DaemonSet", "Job", "CronJob", "Rollout"), WORKLOADS),
    **dict.fromkeys(("StatefulSet", "PersistentVolumeClaim"), STORES),
}
_SHORT = {
    "HorizontalPodAutoscaler": "Autoscaler",
    "PersistentVolumeClaim": "Claim",
    "PodDisruptionBudget": "Budget",
    "CustomResourceDefinition": "Definition",
}
_WIDTH, _GAP, _SPACE = 264, 76, 18  # of a box, between columns, between boxes
_TITLE, _ROW, _HEAD = 32, 20, 34  # heights: a box's title, an object, a column's heading
_OBJECTS = 14  # in a box


@dataclass
class _Box:
    """A component with a place in the picture."""

    component: str
    objects: list[Object]
    needs: list[str]
    column: int = 0
    y: int = 0

    @property
    def x(self) -> int:
        return self.column * (_WIDTH + _GAP)

    @property
    def height(self) -> int:
        rows = min(len(self.objects), _OBJECTS) + (len(self.objects) > _OBJECTS) + bool(self.needs)
        return _TITLE + rows * _ROW + 8


def picture(snapshot: Snapshot, actions: Mapping[str, Action]) -> Element:
    """Draw an environment; the page's style sheet colours it.

    Args:
        snapshot: what there is.
        actions: what a change does, by URN.
    """
    by_component: dict[str, list[Object]] = {}
    for item in sorted(snapshot.objects, key=lambda item: (item.kind, item.name)):
        by_component.setdefault(item.component, []).append(item)
    groups = {component: _group(component, objects) for component, objects in by_component.items()}
    needed, reached = uses(snapshot), connections(snapshot)
    boxes: dict[str, _Box] = {}
    for component, objects in sorted(by_component.items()):
        needs = sorted(other for other in needed.get(component, ()) if groups[other] == FOUNDATION)
        boxes[component] = _Box(component, objects, needs)
    headings, height = _place(boxes, groups)
    pairs = [(a, b, "uses") for a in boxes for b in sorted(needed.get(a, ())) if groups[b] != FOUNDATION]
    pairs += [(a, b, "reaches") for a in boxes for b in sorted(reached.get(a, ())) if (a, b, "uses") not in pairs]
    width = len(_COLUMNS) * _WIDTH + (len(_COLUMNS) - 1) * _GAP
    return element(
        "svg",
        element("title", f"The components of {line(snapshot.stack, 100)}, their objects and what they need"),
        *headings,
        (_line(boxes[a], boxes[b], kind) for a, b, kind in pairs),
        (_box(box, actions) for box in boxes.values()),
        class_="graph",
        role="img",
        viewBox=f"-1 0 {width + 2} {height}",
        width=width + 2,
        height=height,
    )


def _group(component: str, objects: list[Object]) -> str:
    """In which column a component stands: by its package, else by the most telling of its kinds."""
    package = component.partition(":")[0]
    found = {_KINDS[item.kind] for item in objects if item.kind in _KINDS}
    return _PACKAGES.get(package) or next((group for group in (EDGE, WORKLOADS, STORES) if group in found), FOUNDATION)


def _place(boxes: Mapping[str, _Box], groups: Mapping[str, str]) -> tuple[list[Element], int]:
    headings, height = [], 0
    for column, names in enumerate(_COLUMNS):
        y = 0
        for name in names:
            found = [box for component, box in boxes.items() if groups[component] == name]
            if found:
                headings.append(element("text", name, x=column * (_WIDTH + _GAP) + 2, y=y + 16, class_="heading"))
                y += _HEAD
            for box in found:
                box.column, box.y = column, y
                y += box.height + _SPACE
        height = max(height, y)
    return headings, height


def _box(box: _Box, actions: Mapping[str, Action]) -> Element:
    group, name = box.component.partition(":")[::2]
    parts = [
        element("rect", x=box.x, y=box.y, width=_WIDTH, height=box.height, rx=8),
        element("text", line(name or group, 30), x=box.x + 14, y=box.y + 22, class_="component"),
        element("text", str(len(box.objects)), x=box.x + _WIDTH - 14, y=box.y + 22, class_="number"),
    ]
    y = box.y + _TITLE
    for item in box.objects[:_OBJECTS]:
        y += _ROW
        parts += _object(item, box.x, y - 6, actions.get(item.urn))
    if len(box.objects) > _OBJECTS:
        y += _ROW
        parts.append(_text(f"and {len(box.objects) - _OBJECTS} more", box.x + 14, y - 6, "kind"))
    if box.needs:
        needs = ", ".join(need.partition(":")[2] for need in box.needs)
        parts.append(_text(line(f"needs {needs}", 42), box.x + 14, y + _ROW - 4, "needs"))
    return element("g", parts, class_="box")


def _object(item: Object, x: int, y: int, action: Action | None) -> list[Element]:
    kind = line(_SHORT.get(item.kind, item.kind), 20)
    name = f"{SIGNS[action]} {item.name}" if action else item.name
    room = (_WIDTH - 36 - 6 * len(kind)) // 7  # about as wide are characters of these sizes
    name = visible(name if len(name) <= room else f"{name[: room - 1]}…")
    label = _text(name, x + 14, y, f"name {action or ''}")
    label.insert(0, element("title", line(f"{item.title}{f': {action}' if action else ''}", 300)))
    return [label, _text(kind, x + _WIDTH - 14, y, "kind end")]


def _text(text: str, x: int, y: int, class_: str) -> Element:
    return element("text", text, x=x, y=y, class_=class_.strip())


def _line(user: _Box, used: _Box, kind: str) -> Element:
    """A line from a component to one that it needs, from side to side, or around where both stand in one column."""
    y1, y2 = user.y + 17, used.y + 17
    after = user.column > used.column
    x1, x2 = user.x if after else user.x + _WIDTH, used.x + _WIDTH + 7
    bend = _GAP / 2
    course = f"M{x1} {y1} C{x1 - bend if after else x1 + bend} {y1} {x2 + bend} {y2} {x2} {y2}"
    tip = f"M{x2 - 7} {y2} l8 -4 v8 z"
    return element("g", element("path", d=course), element("path", d=tip, class_="tip"), class_=f"line {kind}")
