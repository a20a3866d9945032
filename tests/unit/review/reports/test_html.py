import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from manifests.differences import Field
from policy.violation import Violation
from review.model import Action, Level, Report, Risk
from review.reports import html
from review.reports.summary import SIGNS
from snapshot.derived import derived_objects
from snapshot.model import Snapshot
from tests.support.reports import STACKS, create, delete, environment, example, inventory, report, thing, update

HIGH = Risk("replaces-stateful", Level.HIGH, "replaces a store")
VOID = {"meta", "input"}


class Page(HTMLParser):
    """A page as a browser reads it: elements with their attributes and the text below each."""

    def __init__(self, source: Report) -> None:
        super().__init__()
        self.source = html.render(source)
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self._open: list[int] = []
        self.feed(self.source)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))
        if tag not in VOID:
            self._open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        assert self.elements[self._open.pop()][0] == tag

    def handle_data(self, data: str) -> None:
        for number in self._open:
            self.elements[number][2].append(data)

    def texts(self, tag: str, class_: str = "") -> list[str]:
        """The text of each element of this name and class."""
        return [
            " ".join(" ".join(text).split())
            for name, attributes, text in self.elements
            if name == tag and class_ in ["", *(attributes.get("class") or "").split()]
        ]

    def attributes(self, tag: str, name: str) -> list[str]:
        return [attributes[name] or "" for other, attributes, _ in self.elements if other == tag and name in attributes]


@pytest.fixture(scope="module")
def page() -> Page:
    return Page(example())


def test_the_page_needs_nothing_but_itself(page: Page) -> None:
    names = {name for _, attributes, _ in page.elements for name in attributes}
    assert not names & {"src", "srcset", "style", "action", "xlink:href"}
    assert not [name for name in names if name.startswith("on")]
    assert set(page.attributes("a", "href")) == {"#details"}
    assert not page.attributes("link", "href")
    assert not re.search(r"@import|url\(|https?://", "".join(page.texts("style")) + "".join(page.texts("script")))


def test_the_policy_allows_the_one_script_and_the_one_style_sheet_and_nothing_else(page: Page) -> None:
    def digest(tag: str) -> str:
        (text,) = ["".join(text) for name, _, text in page.elements if name == tag]
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    (policy,) = [
        attributes["content"]
        for tag, attributes, _ in page.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest('style')}'; script-src 'sha256-{digest('script')}'; "
        "base-uri 'none'; form-action 'none'"
    )


def test_a_value_stays_text() -> None:
    text = "</script></style><script>alert(1)</script><img src=x onerror=alert(1)>\"'&amp;<!-- ]]>"
    item = thing(text, text, component=text, manifest={text: text})
    violations = tuple(Violation("dev", text, True, item.title, text, why) for why in ("", text))
    heads = (Snapshot("dev", "HEAD", (item,)), Snapshot(text, text, (), text))
    changes = (create(item, Risk(text, Level.HIGH, text)), update(thing(), Field(text, text, f"{text}\n{text}")))
    page = Page(
        report(*changes, base=text, head=text, digest=text, heads=heads, problems=(text,), violations=violations)
    )
    names = [name for name, _, _ in page.elements]
    assert names.count("script") == names.count("style") == 1
    assert "img" not in names
    assert text in page.texts("li")
    assert any(text in line for line in page.texts("ins"))


def test_every_change_is_a_row_with_a_cell_for_each_environment() -> None:
    changes = (
        update(thing(stack="production"), Field("spec.replicas", 3, 1), risks=(HIGH,)),
        update(thing(stack="dev"), Field("spec.replicas", 3, 2)),
        delete(thing(name="old", stack="dev")),
    )
    page = Page(report(*changes))
    rows = page.texts("details", "row")
    assert len(rows) == 2
    assert page.texts("span", "cell") == [
        *("dev ~ update", "staging ·", "production ~ update"),
        *(f"dev {SIGNS[Action.DELETE]} delete", "staging ·", "production ·"),
    ]
    assert rows[0].startswith("high risk ConfigMap app workloads:Api · Argo CD")
    assert "spec.replicas dev - 3 + 2 staging no change production - 3 + 1" in rows[0]
    assert "high risk replaces a store in production" in rows[0]


def test_a_difference_that_is_the_same_everywhere_is_shown_once() -> None:
    page = Page(report(*(update(thing(stack=stack), Field("image", "a:1", "a:2")) for stack in STACKS)))
    assert page.texts("h3") == ["image in dev, staging and production"]
    assert page.texts("del") == ["- a:1"]


def test_an_object_that_gets_another_name_is_two_rows_and_none_is_lost() -> None:
    old, new = (
        [thing(name=name, stack=stack, urn=f"urn:pulumi:{stack}::smarthr360::type::config") for stack in STACKS]
        for name in ("old", "new")
    )
    page = Page(report(*map(delete, old), *map(create, reversed(new))))
    assert [row.split()[2:4] for row in page.texts("details", "row")] == [["ConfigMap", "old"], ["ConfigMap", "new"]]
    assert len([text for text in page.texts("span", "cell") if "create" in text or "delete" in text]) == 6


def test_a_row_is_found_by_object_kind_environment_and_risk(page: Page) -> None:
    (postgres,) = [text for text in page.attributes("details", "data-text") if "postgres" in text]
    for word in (
        "statefulset",
        "production",
        "high",
        "replace",
        "workloads:postgres",
        "replaces-stateful",
        "protected",
    ):
        assert word in postgres
    assert set(page.attributes("details", "data-risk")) == {"high", "medium", "low"}


def test_every_object_of_the_head_is_in_the_inventory_with_owner_protection_component_and_policies(page: Page) -> None:
    tables = " ".join(page.texts("table"))
    for stack in STACKS:
        for item in environment(stack).objects:
            assert f" {item.kind} {item.name} " in tables
    cells = list(zip(page.attributes("td", "data-label"), page.texts("td"), strict=True))
    kinds = [text for label, text in cells if label == "Kind"]
    requested = sum(len(environment(stack).objects) for stack in STACKS)
    assert len(kinds) == requested + sum(len(derived_objects(environment(stack))) for stack in STACKS)
    assert {text for label, text in cells if label == "Policies"} == {
        *("passes", "1 broken", "1 advised against", "1 exempt", "not checked"),
    }
    assert {text for label, text in cells if label == "Protected"} == {"protected", ""}
    owners = {text for label, text in cells if label == "Applied by"}
    assert owners >= {"Pulumi", "Argo CD", "controller (cert-manager)"}
    assert all(text in ("Pulumi", "Argo CD") or text.startswith("controller (") for text in owners)


def test_a_live_preview_tells_apart_what_somebody_else_changes_and_what_the_program_would() -> None:
    drift = (update(thing(name="edited"), Field("data.by-hand", None, "yes")),)
    page = Page(report(update(thing(name="planned"), Field("data.key", 1, 2)), drift=drift))
    assert page.texts("title") == ["What this program would change: HEAD"]
    (drifted, changed) = page.texts("section", "changes")
    assert drifted.startswith("Drift somebody else has changed the cluster: 1 object")
    assert changed.startswith("Changes this program would change it: 1 object")
    assert ("ConfigMap edited" in drifted, "ConfigMap edited" in changed) == (True, False)
    assert ("ConfigMap planned" in drifted, "ConfigMap planned" in changed) == (False, True)
    assert page.texts("article")[0].endswith("Drift: 1 object")
    nothing = Page(report(drift=()))
    assert nothing.texts("section", "changes") == []
    assert nothing.texts("article")[0].endswith("Drift: none")
    assert not any("Drift" in text for text in Page(report()).texts("article"))


def test_the_inventory_is_folded_beside_changes_and_open_where_there_is_nothing_else(page: Page) -> None:
    assert not page.attributes("details", "open")
    alone = Page(inventory(thing()))
    assert len(alone.attributes("details", "open")) == 1
    assert "Changes" not in " ".join(alone.texts("h2"))
    assert alone.texts("h1") == ["1 object in dev."]


def test_problems_policies_and_exemptions_are_shown_and_only_where_there_are_some(page: Page) -> None:
    assert [title.split()[0] for title in page.texts("h2")] == [
        *("dev", "staging", "production"),
        *("What", "Requested,", "Look", "Policies", "Changes", "Inventory"),
    ]
    marks = [text for text in page.texts("span", "level") if text in ("stops", "advice", "exempt")]
    assert marks == ["stops", "advice", "exempt"]
    assert Page(report(problems=("main cannot be read",))).texts("h2")[0] == "Problems"
    assert [title.split()[0] for title in Page(report()).texts("h2")] == list(STACKS)


def test_what_could_not_be_compared_says_so_and_lists_its_objects() -> None:
    heads = (Snapshot("dev", "HEAD", (thing("Service", "api"),)),)
    page = Page(report(heads=heads, problems=("main cannot be read",), uncompared=("dev",)))
    (card,) = page.texts("article")
    assert card == "dev not compared 1 object : 1 applied by Argo CD, 0 protected Policies: pass"
    assert len(page.attributes("details", "open")) == 1


def test_two_thousand_changed_objects_are_all_on_the_page() -> None:
    changes = (update(thing(name=f"app-{number}"), Field("data.key", "a", "b")) for number in range(2_000))
    assert len(Page(report(*changes)).texts("details", "row")) == 2_000
