"""Stack files are read as the engine reads them, or refused with their line; what is written is read alike."""

from __future__ import annotations

import json
import os
import random
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

import stack_file
from errors import UserError
from stack_file import LARGEST
from tests.support.made_up_yaml import entries
from tests.support.stacks import ROOT, STACKS


def parsed(below: str) -> stack_file.StackFile:
    """Return what is read of a file with this below `config:`."""
    return stack_file.parse(f"config:\n{below}".encode(), "Pulumi.x.yaml")


def refusal(content: str | bytes) -> str:
    """Return the sentence that refuses a file; it is one line, and names the file."""
    with pytest.raises(UserError) as refused:
        stack_file.parse(content if isinstance(content, bytes) else content.encode(), "Pulumi.x.yaml")
    said = str(refused.value)
    assert said.isprintable()
    assert "Pulumi.x.yaml" in said
    return said


@pytest.mark.parametrize(
    ("written", "read"),
    [
        # As gopkg.in/yaml.v3 has them; what PyYAML makes of them stands behind.
        ("0891234", 891234),  # text
        ("0o17", 15),  # text
        ("017", 15),
        ("1e5", 100_000),  # text
        ("1234e-2", 12.34),  # text
        ("1:30", "1:30"),  # 90
        ("10:00", "10:00"),  # 600
        ("yes", "yes"),  # true
        ("NO", "NO"),  # false
        ("on", "on"),  # true
        ("y", "y"),
        ("=", "="),  # an error
        ("<<", "<<"),
        ("1_000", 1000),
        ("0b101", 5),
        ("0x1F", 31),
        ("+12", 12),
        ("-0", 0),
        ("-0.0", 0),  # a float
        (".5", 0.5),
        ("5.", 5),
        ("1.0", 1),
        ("1e999", "1e999"),
        ("~", None),
        ("Null", None),
        ("TRUE", True),
        ("true\t# said", True),  # an error of PyYAML's in Python
        ("5\t", 5),
        ("2024-release", "2024-release"),
        ("'1e5'", "1e5"),
        ('"0o17"', "0o17"),
        ("|-\n    017", "017"),
    ],
)
def test_a_scalar_is_what_the_engine_makes_of_it(written: str, read: object) -> None:
    found = parsed(f"  a: {written}\n").config["smarthr360:a"]
    assert (type(found), found) == (type(read), read)


@pytest.mark.parametrize(
    ("below", "sentence"),
    [
        ("  a: 2024-01-01\n", "line 2: smarthr360:a looks like a date"),
        ("  a: { b: [x, 2001-12-14t21:59:43.10-05:00] }\n", "line 2: smarthr360:a.b[1] looks like a date"),
        ("  a: 2024-13-99\n", "line 2: smarthr360:a looks like a date"),
        ("  a:\n    b: .inf\n", "line 3: smarthr360:a.b is infinite"),
        ("  a: .NaN\n", "line 2: smarthr360:a is infinite or no number"),
        ("  a: 1234e56\n", "line 2: smarthr360:a is a number beyond 9007199254740992"),
        ("  a: 9007199254740993\n", "line 2: smarthr360:a is a number beyond"),
        (f"  a: {'9' * 5000}\n", "line 2: smarthr360:a is a number of more than 400 digits"),
        (f"  a: 0x{'f' * 5000}\n", "line 2: smarthr360:a is a number"),
        ("  a: ._5\n", "line 2: smarthr360:a is a number or text, by where its underscores are"),
        ("  a: { 5: b }\n", "line 2: smarthr360:a.5 has a key that is not text"),
        ("  a: { ~: b }\n", "line 2: smarthr360:a.~ has a key that is not text"),
        ("  a: { 2024-01-01: b }\n", "has a key that is not text"),
        ("  a: { [b]: c }\n", "line 2 has a list or an object as a key"),
        ("  ? { a: b }\n  : c\n", "line 2 has a list or an object as a key"),
        ("  a: &x b\n  *x : c\n", "line 3 has an alias as a key"),
        *(
            (f"  a: {tag} x\n", "line 2 has a tag (!)")
            for tag in ("!!int", "!!bool", "!!timestamp", "!!str", "!", "!x")
        ),
        ("  a: &x [*x]\n", "line 2 refers to *x inside of it"),
        ("  a: &x { <<: *x }\n", "line 2 refers to *x inside of it"),
        ("  a: *x\n", "refers to *x, which no line before it names"),
        ("  a: { <<: 5 }\n", "line 2 merges (`<<`) what is not an object"),
        ("  a: { <<: { b: 1 }, <<: { c: 1 } }\n", "line 2 has a second `<<`"),
        ("  a: { b: 1,\n    b: 2 }\n", "line 3 sets b a second time, after line 2"),
        ("  a: 1\n  smarthr360:a: 2\n", "line 3 sets smarthr360:a a second time"),
        ("  smarthr360:config:a: 1\n", "line 2: smarthr360:config:a is not a key; allowed is `namespace:name`"),
        ('  a: "\\ud800"\n', "line 2 is not YAML: found invalid Unicode character escape code"),
        ("  a: { b: c?d }\n", "line 2 has a ? inside of brackets"),
        ("  a: |\n\n    b\n", "line 2 has a text of several lines that begins with a blank"),
        ("  a: 1\n---\nconfig: {}\n", "line 3 begins a second document"),
        ("  a: [\n", "is not YAML"),
        ("  a: \x07\n", "is not YAML: it holds characters that YAML forbids"),
        ("  a: 1\nconfg: {}\n", "line 3 sets confg, which Pulumi does not read"),
        ("  a: 1\nenvironment: [x]\n", "line 3 takes configuration from Pulumi Cloud"),
        ('  a: 1\n"\\e[2J\\n##[error]": 1\n', 'sets "\\u001b[2J\\n##[error]"'),
    ],
)
def test_what_is_not_handed_over_as_it_is_written_is_refused_with_its_line(below: str, sentence: str) -> None:
    assert sentence in refusal(f"config:\n{below}")


@pytest.mark.parametrize("levels", [31, 200, 1000])
def test_what_is_nested_deeper_than_any_key_is_refused(levels: int) -> None:
    blocks = "".join(f"{' ' * level}a:\n" for level in range(1, min(levels + 1, 300)))
    for below in ("  a: " + "[" * levels, "  a: " + "[" * levels + "]" * levels, "  a: " + "{ a: " * levels, blocks):
        assert "is nested deeper than the 32 levels that are allowed" in refusal(f"config:\n{below}\n")
    assert parsed("  a: " + "[" * 30 + "]" * 30 + "\n").own


@pytest.mark.parametrize(
    "content", ["", "5", "- config", "config:", "config: 5", "config: []", "config: [a: 1]", "a: 1"]
)
def test_a_file_of_another_shape_is_refused(content: str) -> None:
    assert refusal(content) == "Pulumi.x.yaml has no `config:` with keys under it"


@pytest.mark.parametrize(("content", "line"), [(b"config: {a: \xff}", 1), (b"\n\nconfig:\n  a: \xc3(\n", 4)])
def test_what_is_not_utf_8_is_refused_with_its_line(content: bytes, line: int) -> None:
    assert refusal(content) == f"Pulumi.x.yaml, line {line} is not UTF-8"
    assert parsed("  a: é\n").config == stack_file.parse("\ufeffconfig:\n  a: é\n".encode(), "x").config


def test_no_value_is_in_a_refusal() -> None:
    for value in ("2024-01-01", "987654321987654321", "!!int hunter2", "{ hunter2?: 5 }", "*hunter2x", "hunter2: ["):
        assert "987654" not in refusal(f"config:\n  a: {value}\n")
    assert "hunter2" not in refusal("config:\n  a: { b: 'hunter2\n")


def test_where_a_text_of_a_few_lines_makes_millions_it_is_refused_at_once() -> None:
    bomb = "  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"  a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 30)
    )
    chain = "  a0: &a0 [x]\n" + "".join(f"  a{level}: &a{level} [*a{level - 1}]\n" for level in range(1, 100))
    merges = "  a0: &a0 { x: 1 }\n" + "".join(
        f"  a{level}: &a{level} {{ <<: [*a{level - 1}, *a{level - 1}], x{level}: *a{level - 1} }}\n"
        for level in range(1, 30)
    )
    tracemalloc.start()
    for below, sentence in ((bomb, "by its aliases"), (chain, "levels"), (merges, "aliases")):
        assert sentence in refusal(f"config:\n{below}")
    assert (
        refusal(b"x" * (LARGEST + 1))
        == f"Pulumi.x.yaml is larger than {LARGEST} bytes, which is the most that is allowed"
    )
    for hurting in ("[" * LARGEST, "{" * LARGEST, "- " * (LARGEST // 2), "? " * (LARGEST // 2), "&a " * (LARGEST // 3)):
        refusal(hurting[:LARGEST])
    assert tracemalloc.get_traced_memory()[1] < 100_000_000
    tracemalloc.stop()


def test_what_no_program_could_be_handed_is_refused() -> None:
    text = "x" * 2000
    below = f"  a: &a [{text}]\n  b: [" + ", ".join(["*a"] * 60) + "]\n"
    assert "bytes; no more than 100000 can be handed to the program" in refusal(f"config:\n{below}")


def test_aliases_and_merges_are_read_with_the_lines_that_they_come_from() -> None:
    found = parsed("  a: &a { x: 1, y: 2 }\n  b: &b { y: 3, z: 4 }\n  c:\n    <<: [*a, *b]\n    x: 5\n  d: *a\n")
    assert found.own["c"] == {"x": 5, "y": 2, "z": 4}
    assert found.own["d"] == found.own["a"] == {"x": 1, "y": 2}
    lines = {path: entry.line for path, entry in found.entries.items()}
    assert [lines[path] for path in ("c", "c.x", "c.y", "c.z", "d", "d.x")] == [4, 6, 2, 3, 7, 2]


def test_a_key_without_a_namespace_is_the_projects_and_one_of_another_stays() -> None:
    found = parsed("  environment: dev\n  aws:region: eu-west-3\n  smarthr360:api.min: 2\n")
    assert found.config == {"smarthr360:environment": "dev", "aws:region": "eu-west-3", "smarthr360:api.min": 2}
    assert found.own == {"environment": "dev", "api.min": 2}
    assert set(found.entries) == {"environment"}, "Pulumi takes a name with dots for one name"


def test_texts_are_what_the_engine_hands_over() -> None:
    found = parsed("  a: 0.1\n  b: 1e-7\n  c: 0.00001\n  d: true\n  e:\n  f: { g: 017 }\n  h: 1.50\n")
    assert found.texts == {
        "smarthr360:a": "0.1",
        "smarthr360:b": "1e-7",
        "smarthr360:c": "0.00001",
        "smarthr360:d": "true",
        "smarthr360:e": "",
        "smarthr360:f": '{"g": 15}',
        "smarthr360:h": "1.5",
    }


HALF = """\
  secrets:
    dbUser: { secure: 'v1:x' }
    dbPassword: hunter2
    list: [{ secure: x }, hunter3, 5]
    none:
"""


def test_each_secret_in_plain_text_beside_an_encrypted_one_is_reported_and_not_shown() -> None:
    found = parsed(HALF)
    assert found.encrypted == {"smarthr360:secrets"}
    told = [fault.partition(": ")[0] for fault in found.faults]
    assert told == [f"smarthr360:secrets.{key}" for key in ("dbPassword", "list[1]", "list[2]")]
    assert "type `pulumi config set --path --secret smarthr360:secrets.dbPassword`" in found.faults[0]
    assert "hunter" not in "".join(found.faults)


@pytest.mark.parametrize(
    "below", ["  secrets: { a: { secure: x } }\n", "  secrets: { secure: x }\n", "  a: { secure: x }\n", "  a: 1\n"]
)
def test_where_every_secret_is_encrypted_nothing_is_reported(below: str) -> None:
    assert parsed(below).faults == []


def test_what_is_called_secure_and_is_no_text_is_not_encrypted() -> None:
    assert parsed("  secrets: { a: { secure: 5 }, b: { secure: x, more: y } }\n").encrypted == set()


def test_everything_that_is_written_is_read_alike() -> None:
    """Quotes survive: texts that look like numbers to anybody stay texts."""
    accepted = 0
    for _, source in entries(2_000, seed=7):
        try:
            found = parsed(source)
        except UserError:
            continue
        accepted += 1
        again = stack_file.parse(stack_file.dump({"config": found.config}).encode(), "x")
        assert json.dumps(again.config) == json.dumps(found.config), source
    assert accepted > 1_000


def test_a_made_up_text_of_any_characters_is_written_so_that_it_is_read_alike() -> None:
    chosen = random.Random(3)  # noqa: S311 - made up, not secret
    letters = [chr(code) for code in (*range(0x20, 0x7F), 9, 10, 0x85, 0xA0, 0xE9, 0x2028, 0xFEFF, 0x1F600)]
    for _ in range(500):
        text = "x" + "".join(chosen.choices(letters, k=chosen.randint(0, 9)))
        content: dict[str, Any] = {"config": {"smarthr360:a": {text: [text, {"b": text}]}}}
        assert stack_file.parse(stack_file.dump(content).encode(), "x").config == content["config"], repr(text)


@pytest.mark.parametrize("stack", STACKS)
def test_the_committed_files_are_read_and_written_alike(stack: str) -> None:
    found = stack_file.read(ROOT / f"Pulumi.{stack}.yaml")
    assert found.own["environment"] == stack
    assert stack_file.parse(stack_file.dump({"config": found.config}).encode(), "x").config == found.config


def test_only_a_plain_file_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Pulumi.pipe.yaml")
    (tmp_path / "Pulumi.zero.yaml").symlink_to("/dev/zero")
    (tmp_path / "Pulumi.circle.yaml").symlink_to("Pulumi.circle.yaml")
    (tmp_path / "Pulumi.folder.yaml").mkdir()
    for name, sentence in {
        "pipe": "is not a plain file",
        "zero": "is not a plain file",
        "circle": "can't be read (Too many levels",
        "folder": "can't be read (Is a directory)",
        "gone": "there is no Pulumi.gone.yaml",
    }.items():
        with pytest.raises(UserError) as refused:
            stack_file.read(tmp_path / f"Pulumi.{name}.yaml")
        assert sentence in str(refused.value)
