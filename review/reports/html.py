"""A report as a single, self-contained HTML page: no network, no server and, for reading, no script.

The script only filters, unfolds and switches colours. `dom` escapes the content, and the page's own security policy
allows one script and one style sheet, by their digests.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from review.capacity import compared
from review.model import Action, Report
from review.reports import html_changes, html_inventory, summary
from review.reports.dom import Element, element, html
from review.reports.html_changes import level
from review.reports.texts import counted, line, visible

_FOLDER = Path(__file__).parent
_NAME, _HEADLINE = 200, 2_000  # characters


def render(report: Report) -> str:
    """Make the page.

    Args:
        report: of a change, or an inventory.

    Returns:
        HTML to be written as UTF-8.
    """
    environments = summary.environments(report)
    style = (_FOLDER / "page.css").read_text(encoding="utf-8") + html_changes.columns(len(environments))
    script = (_FOLDER / "page.js").read_text(encoding="utf-8")
    allowed = f"style-src {_digest(style)}; script-src {_digest(script)}"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    title = "What there is" if not report.base else "What this change does"
    if report.drift is not None:
        title = "What this program would change"
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", f"{title}: {line(report.head, _NAME)}"),
        element("style", style),
    )
    main = element("main", _sections(report, environments), id="main")
    body = element(
        "body",
        element("a", "Skip to the details", href="#details", class_="skip"),
        _header(report, title),
        main,
        element("script", script),
    )
    return html(element("html", head, body, lang="en"))


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _header(report: Report, title: str) -> Element:
    revisions: list[Element | str] = [element("code", line(report.head, _NAME))]
    if report.base:
        revisions = [element("code", line(report.base, _NAME)), " → ", *revisions]
        revisions += [" · full diff ", element("code", line(report.digest, _NAME), class_="digest")]
    button = element("button", "Dark", type="button", id="theme", hidden=True, title="Switch between dark and light")
    return element(
        "header",
        element("div", element("p", f"SmartHR360 · {title.lower()}"), button, class_="over"),
        element("h1", line(summary.lead(report) or summary.counts(report), _HEADLINE)),
        [element("p", line(summary.counts(report), _HEADLINE))] if summary.lead(report) else [],
        element("p", revisions, class_="meta"),
    )


def _sections(report: Report, environments: tuple[summary.Environment, ...]) -> Iterator[Element]:
    if report.problems:
        problems = [element("li", visible(problem)) for problem in report.problems]
        yield element("section", element("h2", "Problems"), element("ul", problems), class_="problems")
    yield element("div", (_card(item, not report.base) for item in environments), class_="cards")
    if report.changes:
        if sentences := [element("li", line(effect.sentence, _HEADLINE)) for effect in summary.listing(report)]:
            yield element("section", element("h2", "What changes"), element("ul", sentences))
        yield _capacity(report)
    yield from _findings("Look here first", [(level(item.level), item) for item in summary.risks(report)])
    yield from _findings("Policies", _policies(report))
    planned = "" if report.drift is None else summary.PLANNED
    yield element(
        "div",
        _filter(environments, bool(report.changes or report.drift)),
        *html_changes.section("Drift", summary.DRIFTED, report.drift or (), environments),
        *html_changes.section("Changes", planned, report.changes, environments),
        *html_inventory.section(report, opened=bool(summary.uncompared(report))),
        id="details",
    )


def _capacity(report: Report) -> Element:
    titles = ("Environment", "CPU, cores", "Memory", "Storage")
    rows = [
        element(
            "tr",
            (
                element("td", line(text, _NAME), data_label=title)
                for title, text in zip(titles, (name, *compared(before, after)), strict=True)
            ),
        )
        for name, before, after in summary.capacities(report)
    ]
    table = element(
        "table",
        element("thead", element("tr", (element("th", title, scope="col") for title in titles))),
        element("tbody", rows),
    )
    heading = element("h2", "Requested, at the fewest and the most pods")
    return element("section", heading, table)


def _card(item: summary.Environment, inventory: bool) -> Element:
    mark = [] if inventory else [level(item.level, "no change" if item.compared else "not compared")]
    facts = [_counts(item) if item.compared else _owners(item)]
    if item.snapshot and item.snapshot.problem:
        facts.append(element("p", visible(item.snapshot.problem), class_="problem"))
    policies = element("p", f"Policies: {item.policies}", class_="policies broken" if item.broken else "policies")
    drift = []
    if item.drift is not None:
        drift = [element("p", f"Drift: {counted(len(item.drift), 'object') if item.drift else 'none'}")]
    return element("article", element("h2", line(item.name, _NAME), " ", mark), facts, policies, drift, class_="card")


def _counts(item: summary.Environment) -> Element:
    def number(action: Action) -> Element:
        count = item.counts[action]
        text = element("b", f"{summary.SIGNS[action]}{count:,}" if count else "0")
        return element("li", text, f" {action}", class_=f"action {action if count else 'none'}")

    return element("ul", map(number, Action), class_="counts")


def _owners(item: summary.Environment) -> Element:
    objects = item.snapshot.objects if item.snapshot else ()
    owners = Counter(str(own.owner) for own in objects)
    facts = [f"{count:,} applied by {owner}" for owner, count in sorted(owners.items())]
    facts.append(f"{sum(own.protected for own in objects):,} protected")
    return element("p", element("b", counted(len(objects), "object")), f": {', '.join(facts)}")


def _findings(title: str, findings: list[tuple[Element, summary.Finding]]) -> Iterator[Element]:
    """A section of findings, each with its badge; nothing if there are no findings."""
    if not findings:
        return
    rows = []
    for mark, item in findings:
        places = [
            element("p", element("b", line(stack, _NAME)), " ", ", ".join(visible(title) for title in titles))
            for stack, titles in item.places.items()
        ]
        text = element("p", visible(item.sentence), " ", element("small", visible(item.rule)), class_="sentence")
        rows.append(element("li", mark, element("div", text, places)))
    yield element("section", element("h2", title), element("ol", rows, class_="findings"))


def _policies(report: Report) -> list[tuple[Element, summary.Finding]]:
    """What stops a deployment, what is advised against, and what is exempt."""
    exempt = (
        summary.Finding(None, item.policy, item.exemption, {item.stack: (f"{item.object}: {item.message}",)})
        for item in summary.exempt(report)
    )
    return [
        *((element("span", "stops", class_="level high"), item) for item in summary.stopping(report)),
        *((element("span", "advice", class_="level medium"), item) for item in summary.advice(report)),
        *((element("span", "exempt", class_="level none"), item) for item in exempt),
    ]


def _filter(environments: tuple[summary.Environment, ...], changes: bool) -> Element:
    def chips(label: str, group: str, names: Iterable[str]) -> Element:
        buttons = [
            element("button", line(name, 40), type="button", aria_pressed="false", data_group=group, data_value=name)
            for name in names
        ]
        return element("div", buttons, role="group", aria_label=label, class_="chips")

    return element(
        "search",
        element("label", "Find", for_="find"),
        element(
            "input",
            type="search",
            id="find",
            placeholder="object, kind, component …   /",
            autocomplete="off",
            spellcheck="false",
            title="Press / to come here, Escape to clear",
        ),
        chips("Environment", "environment", (visible(item.name) for item in environments)),
        chips("Risk", "risk", ("high", "medium", "low")) if changes else "",
        element("button", "Open all", type="button", id="open"),
        element("output", "", id="count", aria_live="polite"),
        hidden=True,
        id="filter",
    )
