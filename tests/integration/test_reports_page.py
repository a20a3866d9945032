"""The HTML report in a real browser: what a person sees and does, with mouse, keyboard, phone and printer."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from manifests.differences import Field
from policy.violation import Violation
from review.model import Report
from review.reports import html
from snapshot.model import Snapshot
from tests.support.browser import MISSING, Page, browser, opened
from tests.support.reports import create, environment, example, report, thing, update

SHOWN_ROWS = "[...document.querySelectorAll('#changes .row')].filter(row => row.checkVisibility()).length"
SHOWN_OBJECTS = "[...document.querySelectorAll('#inventory tbody tr')].filter(row => !row.hidden).length"
FOCUS = "document.activeElement.id || document.activeElement.tagName"
CONTRASTS = """
(() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const linear = (part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    const [red, green, blue] = numbers(colour).map((part) => linear(part / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
  const back = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.tagName === "SCRIPT") continue;
    const style = getComputedStyle(element);
    found.push([ratio(style.color, back(element)), element.className, element.tagName]);
  }
  return found;
})()
"""


@pytest.fixture(scope="module")
def tab() -> Iterator[Page]:
    program = browser()
    if program is None:
        pytest.skip(MISSING)
    with opened(program) as page:
        yield page


@pytest.fixture
def show(tab: Page, tmp_path: Path) -> Iterator[Page]:
    """The example's page on a wide screen; whatever happens, the browser complains of nothing and asks for nothing."""
    yield from _shown(tab, tmp_path, example())


@pytest.fixture
def show_inventory(tab: Page, tmp_path: Path) -> Iterator[Page]:
    yield from _shown(tab, tmp_path, report(base="", heads=(environment("production"),)))


@pytest.fixture
def show_hostile(tab: Page, tmp_path: Path) -> Iterator[Page]:
    text = (
        "</script></style><script>document.body.id = 'broken'</script><img src=x onerror=\"document.body.id='broken'\">"
    )
    item = thing(text, text, manifest={text: text})
    violations = (Violation("dev", text, True, text, text),)
    heads = (Snapshot("dev", text, (item,)), Snapshot(text, text, (), text))
    found = report(create(item), update(thing(), Field(text, text, text)), heads=heads, violations=violations)
    yield from _shown(tab, tmp_path, found)


@pytest.fixture
def show_live(tab: Page, tmp_path: Path) -> Iterator[Page]:
    """A live preview of production, with one change in each of its two groups."""
    drift = (update(thing(name="edited", stack="production"), Field("data.by-hand", None, "yes")),)
    change = update(thing(name="planned", stack="production"), Field("data.key", 1, 2))
    yield from _shown(tab, tmp_path, report(change, drift=drift, heads=(environment("production"),)))


def _shown(tab: Page, folder: Path, found: Report) -> Iterator[Page]:
    file = folder / "report.html"
    file.write_text(html.render(found), encoding="utf-8")
    tab.look()
    tab.events.clear()
    tab.open(file)
    yield tab
    tab.run("localStorage.clear()")  # and with its answer comes what the browser has told until now
    complaints = {"Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"}
    assert [event for event in tab.events if event["method"] in complaints] == []
    asked = [
        event["params"]["request"]["url"] for event in tab.events if event["method"] == "Network.requestWillBeSent"
    ]
    assert asked == [file.resolve().as_uri()]


def test_words_narrow_the_changes_and_the_inventory_and_escape_brings_all_back(show: Page) -> None:
    rows, objects = show.run(SHOWN_ROWS), show.run(SHOWN_OBJECTS)
    show.press("/")
    show.write("statefulset production")
    assert (show.run(SHOWN_ROWS), show.run(SHOWN_OBJECTS)) == (1, 2)
    assert show.run("document.getElementById('count').textContent") == f"1 of {rows} changes, 2 of {objects} objects"
    show.write(" no-such-thing")
    assert show.run(SHOWN_ROWS) == 0
    assert "Nothing matches." in show.run("document.getElementById('changes').innerText")
    show.run("document.querySelector('[data-value=staging]').click()")
    show.press("Escape")
    assert (show.run(SHOWN_ROWS), show.run(SHOWN_OBJECTS)) == (rows, objects)
    assert show.run("document.getElementById('find').value + document.getElementById('count').textContent") == ""


def test_words_narrow_each_group_of_a_live_preview_by_itself(show_live: Page) -> None:
    def shown() -> list[str]:
        rows = "[...document.querySelectorAll('.changes .row')].filter(row => row.checkVisibility())"
        found: list[str] = show_live.run(f"{rows}.map(row => row.querySelector('b').textContent)")
        return found

    def nothing(group: str) -> bool:
        return bool(show_live.run(f"document.querySelector('#{group} .nothing').checkVisibility()"))

    assert shown() == ["ConfigMap edited", "ConfigMap planned"]
    assert (nothing("drift"), nothing("changes")) == (False, False)
    show_live.press("/")
    show_live.write("planned")
    assert shown() == ["ConfigMap planned"]
    assert (nothing("drift"), nothing("changes")) == (True, False)
    show_live.press("Escape")
    assert shown() == ["ConfigMap edited", "ConfigMap planned"]
    for row in ("drift", "changes"):
        show_live.run(f"document.querySelector('#{row} .row').open = true")
    assert min(ratio for ratio, *_ in show_live.run(CONTRASTS)) >= 4.5


def test_environments_and_risks_narrow_the_changes_together(show: Page) -> None:
    def click(name: str) -> None:
        show.run(f"[...document.querySelectorAll('#filter button')].find(b => b.textContent === '{name}').click()")

    click("dev")
    assert 1 < show.run(SHOWN_ROWS) < len({change.object.title for change in example().changes})
    click("high")
    assert show.run(SHOWN_ROWS) == 1
    assert (
        show.run("document.querySelector('.row:not([hidden]) .object b').textContent") == "PersistentVolumeClaim logs"
    )
    click("high")
    click("dev")
    assert show.run("document.querySelectorAll('[aria-pressed=true]').length") == 0


def test_the_keyboard_alone_is_enough(show: Page) -> None:
    order = []
    for _ in range(11):
        show.press("Tab")
        order.append(show.run(FOCUS))
    assert order == ["A", "theme", "find", *["BUTTON"] * 6, "open", "SUMMARY"]
    opened_rows = "document.querySelectorAll('.row[open]').length"
    show.press("Enter")
    assert show.run(opened_rows) == 1
    show.press(" ")
    assert show.run(opened_rows) == 0
    show.press("/")
    assert show.run(FOCUS) == "find"
    show.press("/")
    assert show.run("document.getElementById('find').value") == "/"


def test_what_has_the_focus_is_outlined(show: Page) -> None:
    for _ in range(11):
        show.press("Tab")
        assert show.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_all_can_be_opened_and_closed_at_once(show: Page) -> None:
    for _ in ("open", "close"):
        show.run("document.getElementById('open').click()")
    assert show.run("document.querySelectorAll('details[open]').length") == 0
    show.run("document.getElementById('open').click()")
    assert show.run("document.querySelectorAll('details:not([open])').length") == 0


@pytest.mark.parametrize("dark", [False, True])
def test_every_text_has_enough_contrast(show: Page, dark: bool) -> None:
    show.look(dark=dark)
    for script in (
        "document.querySelectorAll('details').forEach(found => found.open = true)",
        "document.querySelector('.chips button').click()",
    ):
        show.run(script)
    found = show.run(CONTRASTS)
    assert len(found) > 500
    assert [entry for entry in found if entry[0] < 4.5] == []


def test_the_colours_are_those_that_the_person_prefers_until_they_choose(show: Page) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    light = show.run(background)
    show.look(dark=True)
    dark = show.run(background)
    assert dark != light
    show.run("document.getElementById('theme').click()")
    assert show.run(background) == light
    show.look()
    show.run("document.getElementById('theme').click()")
    assert show.run(background) == dark


def test_on_a_phone_nothing_goes_over_the_edge_and_every_cell_says_its_environment(show: Page) -> None:
    show.look(width=390)
    show.run("document.querySelectorAll('details').forEach(found => found.open = true)")
    assert show.run("document.documentElement.scrollWidth") <= 390
    assert show.run("document.querySelector('.cell:not(:has(.none)) .of').getBoundingClientRect().width") > 10


def test_on_paper_all_is_open_and_light_and_without_the_controls(show: Page) -> None:
    show.look(dark=True)
    light = "getComputedStyle(document.documentElement).colorScheme"
    show.call("Emulation.setEmulatedMedia", media="print")
    assert show.run(light) == "light"
    assert show.run("[...document.querySelectorAll('.body')].every(body => body.checkVisibility())")
    assert not show.run("document.getElementById('filter').checkVisibility()")
    show.call("Emulation.setEmulatedMedia", media="")
    assert len(re.findall(rb"/Type\s*/Page\b", show.printed())) > 5
    assert show.run("document.querySelectorAll('details[open]').length") == 0


def test_an_inventory_is_open_and_can_be_searched(show_inventory: Page) -> None:
    assert show_inventory.run("document.querySelector('#inventory table').checkVisibility()")
    show_inventory.press("/")
    show_inventory.write("secret pulumi")
    wanted = [item for item in environment("production").objects if item.kind == "Secret"]
    assert show_inventory.run(SHOWN_OBJECTS) == len(wanted)
    assert f"{len(wanted)} of " in show_inventory.run("document.querySelector('.total').textContent")


def test_a_value_with_markup_in_it_is_shown_and_never_run(show_hostile: Page) -> None:
    assert show_hostile.run("document.body.id") == ""
    assert show_hostile.run("document.querySelectorAll('img').length") == 0
    assert show_hostile.run("document.scripts.length") == 1
    assert "<img src=x" in show_hostile.run("document.body.innerText")
