import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import accumulate

import pytest
from hypothesis import example as tried
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from manifests.differences import Field
from policy.violation import Violation
from review.comment import LIMIT, MARKER
from review.model import Action, Change, Level, Report, Risk
from review.reports import markdown
from snapshot.model import Snapshot
from tests.support.reports import create, delete, example, inventory, report, thing, update

HIGH = Risk("replaces-stateful", Level.HIGH, "replaces a store")
OWN_TAGS = {"p", "strong", "b", "code", "pre", "ul", "li", "h4", "br", "sub", "details", "summary"} | {
    *("table", "thead", "tbody", "tr", "th", "td"),
}
VOID = {"br"}
CALLS = re.compile(r"@\w|#\d|\bGH-\d|https?://|www\.", re.IGNORECASE)


class Seen(HTMLParser):
    """What a comment's HTML is made of: tags, comments, and the text that GitHub looks for mentions and links in."""

    def __init__(self, comment: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.comments: list[str] = []
        self.attributes: set[tuple[str, str | None]] = set()
        self.text: list[str] = []
        self.code: list[str] = []
        self._open: list[str] = []
        self.feed(MarkdownIt("commonmark", {"html": True}).enable("table").render(comment))
        assert not self._open, self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(attrs)
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, tag
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        (self.code if {"code", "pre"} & set(self._open) else self.text).append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)


def is_contained(comment: str) -> None:
    """Whether a comment consists of our own markup only, whatever the values in it hold."""
    assert len(comment) <= LIMIT
    seen = Seen(comment)
    assert seen.tags <= OWN_TAGS
    assert seen.comments == [MARKER]
    assert {name for name, _ in seen.attributes} <= {"class", "style"}
    assert {value for _, value in seen.attributes} <= {"language-diff", "text-align:right"}
    assert not [text for text in seen.text if CALLS.search(text)]


ATTACKS = [
    "`",
    "``` \n# out",
    "````````",
    "~~~",
    "|",
    "\\|",
    "\\",
    "</code></summary></details>",
    "<img src=x onerror=alert(1)>",
    "<script>",
    "<!--",
    "-->",
    "<![CDATA[",
    "&lt;b&gt;",
    "@octocat",
    "#1",
    "GH-1",
    "owner/repo#1",
    "[x](javascript:alert(1))",
    "![x](https://example.com/x.png)",
    "https://example.com",
    "www.example.com",
    "someone@example.com",
    "<https://example.com>",
    "**bold**",
    "_",
    "$x$",
    "\r\n\r\n# head",
    "\n\n- item",
    "> quote",
    "\u2028",
    "\u202e",
    "\x00",
    "[x]: https://example.com",
    " " * 5,
    "\t",
]
TEXTS = st.lists(st.sampled_from(ATTACKS) | st.text(max_size=20), max_size=6).map("".join)
STACKS = st.sampled_from(["dev", "staging", "production"]) | TEXTS
VALUES = st.none() | st.integers() | st.booleans() | TEXTS | st.lists(TEXTS, max_size=3)
RISKS = st.builds(Risk, TEXTS, st.sampled_from(Level), TEXTS)
FIELDS = st.builds(Field, TEXTS, VALUES, VALUES, st.booleans())


@st.composite
def changes(draw: st.DrawFn) -> Change:
    manifest = draw(st.dictionaries(TEXTS, VALUES, max_size=3))
    item = thing(draw(TEXTS), draw(TEXTS), draw(STACKS), component=draw(TEXTS), manifest=manifest)
    risks = tuple(draw(st.lists(RISKS, max_size=2)))
    action = draw(st.sampled_from(Action))
    if action is Action.CREATE:
        return create(item, *risks)
    if action is Action.DELETE:
        return delete(item, *risks)
    return update(item, *draw(st.lists(FIELDS, max_size=3)), risks=risks, action=action)


VIOLATIONS = st.builds(Violation, STACKS, TEXTS, st.booleans(), TEXTS, TEXTS, st.just("") | TEXTS)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    drawn = draw(st.lists(changes(), max_size=4))
    heads = tuple(Snapshot(stack, "HEAD", (thing(draw(TEXTS)),)) for stack in draw(st.lists(STACKS, max_size=3)))
    return report(
        *drawn,
        heads=heads,
        base=draw(TEXTS),
        head=draw(TEXTS),
        digest=draw(TEXTS),
        problems=tuple(draw(st.lists(TEXTS, max_size=2))),
        violations=tuple(draw(st.lists(VIOLATIONS, max_size=3))),
        drift=draw(st.none() | st.lists(changes(), max_size=2).map(tuple)),
    )


@settings(deadline=None)
@given(reports())
def test_no_value_breaks_out_of_the_comment(source: Report) -> None:
    is_contained(markdown.render(source))


@pytest.mark.parametrize("attack", ATTACKS)
def test_no_known_trick_breaks_out_wherever_it_stands(attack: str) -> None:
    text = f"a {attack} b"
    item = thing(text, attack, text, component=attack, manifest={text: attack, "data": f"{attack}\n{text}"})
    risk, field = Risk(attack, Level.HIGH, text), Field(text, f"{attack}\n{text}", attack)
    violations = tuple(Violation(text, attack, flag, text, attack, why) for flag in (True, False) for why in ("", text))
    is_contained(
        markdown.render(
            report(
                create(item, risk),
                delete(item, risk),
                update(item, field, risks=(risk,)),
                problems=(text, attack),
                violations=violations,
                base=text,
                head=attack,
                drift=(update(item, field, risks=(risk,)),),
            )
        )
    )


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 2_000), st.integers(0, 5_000), st.integers(1, 300), st.sampled_from(["x", "`", "<", "\u202e"]))
@tried(2_000, 5_000, 300, "<")
@tried(2_000, 300, 2, "`")
def test_a_comment_is_never_longer_than_github_accepts(number: int, length: int, stacks: int, char: str) -> None:
    long = char * length
    items = [thing(char * 300, f"{long}{count}", f"{count % stacks}{char * 60}") for count in range(number)]
    risks = [Risk(long, Level.HIGH, f"{count}{long}") for count in range(number)]
    changes = tuple(
        update(item, Field(long, long, f"{long}\n{long}"), risks=(risk,))
        for item, risk in zip(items, risks, strict=True)
    )
    large = report(
        *changes,
        drift=changes,
        problems=(long,) * number,
        violations=tuple(
            Violation(item.stack, long, mandatory, long, f"{count}{long}", why)
            for count, item in enumerate(items)
            for mandatory, why in ((True, ""), (False, ""), (True, long or "why"))
        ),
        base=long,
        head=long,
        digest=long,
    )
    assert len(markdown.render(large)) <= LIMIT


@pytest.mark.parametrize("name", ["a|b", "a\\|b", "a\\", "|||", "`|`"])
def test_a_name_stays_in_its_cell_of_the_table(name: str) -> None:
    page = MarkdownIt("commonmark").enable("table").render(markdown.render(report(create(thing(stack=name)))))
    (row,) = [row for row in page.split("</table>")[0].split("<tr>") if "⚪ low" in row]
    cells = [html.unescape(cell) for cell in re.findall(r"<td[^>]*>(.*)</td>", row)]
    assert cells == [name, "1", "·", "·", "·", "⚪ low", "pass"]


def shown(comment: str) -> Iterator[tuple[str, int, int]]:
    """For each environment: how many changes there are, and how many of them are shown or counted."""
    for part in re.split(r"\n\n(?=<details><summary><b>)", comment)[1:]:
        name, total = re.findall(r"<summary><b>(.+)</b>: ([\d,]+) change", part)[0]
        single = re.findall(r"^(?:\*\*|- )(?:🔴|🟠|⚪) (?:create|update|replace|delete) ", part, re.MULTILINE)
        left = re.findall(rf"^and ([\d,]+) more changes? in {name}$", part, re.MULTILINE)
        yield name, int(total.replace(",", "")), len(single) + sum(int(number.replace(",", "")) for number in left)


def test_two_thousand_changed_objects_fit_and_none_is_forgotten() -> None:
    items = [
        thing("ConfigMap", f"app-{number}", stack)
        for number in range(700)
        for stack in ("dev", "staging", "production")
    ]
    long = "value " * 2_000
    large = report(*(update(item, Field("data.key", long, f"{long}{item.name}"), risks=(HIGH,)) for item in items))
    comment = markdown.render(large)
    is_contained(comment)
    assert {(total, mentioned) for _, total, mentioned in shown(comment)} == {(700, 700)}
    assert re.search(r"^and \d+ more changes in production$", comment, re.MULTILINE)
    assert large.digest in comment
    assert "| production | · | 700 | · | · | 🔴 high | pass |" in comment


def test_the_riskiest_changes_get_the_room() -> None:
    risky = update(thing(name="risky"), Field("spec.replicas", 3, 1), risks=(HIGH,))
    comment = markdown.render(report(risky, *(create(thing(name=f"{number}{'x' * 80}")) for number in range(2_000))))
    assert "```diff\n@@ spec.replicas @@\n- 3\n+ 1\n```" in comment
    (_, total, mentioned) = next(shown(comment))
    assert total == mentioned == 2_001


def test_one_enormous_value_is_cut_and_counted() -> None:
    comment = markdown.render(report(update(thing(), Field("data.key", "a", "b" * 5_000_000))))
    is_contained(comment)
    assert "(4,999,700 more characters)" in comment
    comment = markdown.render(report(update(thing(), Field("data.key", "a", "b\n" * 500_000))))
    is_contained(comment)
    assert re.search(r"^# and 49\d,\d{3} more lines$", comment, re.MULTILINE)


def test_many_environments_fit_and_those_without_details_are_counted() -> None:
    comment = markdown.render(report(*(create(thing(stack=f"{'x' * 50}-{number}")) for number in range(2_000))))
    is_contained(comment)
    assert re.search(r"^\| and [\d,]+ more$", comment, re.MULTILINE)
    assert re.search(r"^and [\d,]+ more environments$", comment, re.MULTILINE)


def test_the_first_line_says_what_happens_as_a_reader_would_and_the_next_one_counts_it() -> None:
    first, _, then, *_ = markdown.render(report(delete(thing(), HIGH))).splitlines()
    assert first == "**ConfigMap app in dev is deleted.**"
    assert then == "1 object changes in dev (1 deleted); the risk is high in dev."
    first = markdown.render(report(update(thing("Role"), Field("rules", 1, 2)))).splitlines()[0]
    assert first == "**1 object changes in dev (1 updated); the risk is low.**"
    assert markdown.render(report()).splitlines()[0] == "**Nothing changes in dev, staging and production.**"


def test_all_environments_are_in_one_table_riskiest_first() -> None:
    comment = markdown.render(report(delete(thing(stack="staging"), HIGH), create(thing(stack="dev"))))
    rows = [line for line in comment.splitlines() if line.startswith("|")]
    assert rows[2:] == [
        "| staging | · | · | · | 1 | 🔴 high | pass |",
        "| dev | 1 | · | · | · | ⚪ low | pass |",
        "| production | · | · | · | · | none | pass |",
    ]


def test_every_difference_is_folded_into_its_environment_with_a_diff_and_nothing_is_folded_twice() -> None:
    comment = markdown.render(example())
    is_contained(comment)
    drifted = markdown.render(report(*example().changes, drift=example().changes))
    for text in (comment, drifted):
        depths = [{"<details>": 1, "</details>": -1}[tag] for tag in re.findall(r"</?details>", text)]
        assert max(accumulate(depths)) == 1
    above, details = comment.split("<details>", 1)
    assert "```" not in above
    assert "@@ spec.minReplicas @@\n- 3\n+ 2" in details
    assert {name: total for name, total, mentioned in shown(comment) if total == mentioned} == {
        "production": 9,
        "dev": 8,
        "staging": 7,
    }


def test_policies_exemptions_and_problems_have_sections_and_only_where_there_are_some() -> None:
    comment = markdown.render(example())
    for title in ("#### Risks", "#### Policies that stop the deployment", "#### Exemptions"):
        assert title in comment
        assert title not in markdown.render(report())
    assert "#### Problems" not in comment
    assert "#### Problems\n\n- ⚠️ main cannot be read" in markdown.render(report(problems=("main cannot be read",)))


def test_a_marker_that_nobody_sees_finds_the_comment_again() -> None:
    assert markdown.render(report()).count(MARKER) == markdown.render(example()).count(MARKER) == 1
    assert MARKER not in "".join(Seen(markdown.render(report())).text)


def test_what_could_not_be_compared_is_listed_instead() -> None:
    heads = (Snapshot("dev", "HEAD", (thing("Service", "api"),)),)
    comment = markdown.render(report(heads=heads, problems=("main cannot be read",), uncompared=("dev",)))
    is_contained(comment)
    assert "| dev | · | · | · | · | ❔ not compared | pass |" in comment
    assert "<details><summary><b>dev</b>: 1 object</summary>\n\n- <code>Service api</code> Argo CD" in comment


def test_a_live_preview_tells_apart_what_somebody_else_changes_and_what_the_program_would() -> None:
    drift = (update(thing(name="edited"), Field("data.by-hand", None, "yes")),)
    comment = markdown.render(report(update(thing(name="planned"), Field("data.key", 1, 2)), drift=drift))
    is_contained(comment)
    assert "| dev | · | 1 | · | · | ⚪ low | pass | 1 |" in comment
    before, _, after = comment.partition("#### This program would change it")
    assert "#### Somebody else has changed the cluster" in before
    assert ("ConfigMap edited" in before, "ConfigMap edited" in after) == (True, False)
    assert ("ConfigMap planned" in before, "ConfigMap planned" in after) == (False, True)

    nothing = markdown.render(report(drift=()))
    assert "nothing that Pulumi has applied has changed in the cluster" in nothing
    assert "####" not in nothing
    assert "Drift" not in markdown.render(report())


def test_an_inventory_has_no_table_of_changes() -> None:
    comment = markdown.render(inventory(thing("Service", "api")))
    is_contained(comment)
    assert "| Environment |" not in comment
    assert "<code>Service api</code>" in comment
    assert "full diff" not in comment
