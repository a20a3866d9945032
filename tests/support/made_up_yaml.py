"""Made-up scalars of YAML in made-up places, for readers that have to agree."""

from __future__ import annotations

import json
import random
from collections.abc import Callable

NASTY = [
    *(
        "0891234",
        "0o17",
        "017",
        "0O17",
        "08",
        "0o8",
        "1e5",
        "1E5",
        "1234e56",
        "1e999",
        "1:30",
        "1:30:00",
        "190:20:30.15",
    ),
    *("yes", "no", "on", "off", "y", "n", "Y", "N", "Yes", "NO", "~", "null", "Null", "NULL", "true", "True", "TRUE"),
    *(".5", "-.5", "+.5", "5.", "1_000", "_1", "1_", "1__0", "0x1f", "0x_1F", "-0x1f", "+0x1f", "0b1", "0b102", "-0b1"),
    *(
        "2024-01-01",
        "2024-13-45",
        "2001-12-14t21:59:43.10-05:00",
        "2001-12-14 21:59:43.10 -5",
        "2024-1-1",
        "2024-01-rc",
    ),
    *(
        ".NaN",
        ".nan",
        ".inf",
        "-.INF",
        "+.Inf",
        "nan",
        "inf",
        "+12",
        "-0",
        "-0.0",
        "0",
        "00",
        "+",
        "-",
        ".",
        "..",
        "-.",
        "=",
        "<<",
    ),
    *("9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775807", "9223372036854775808"),
    *(
        "18446744073709551615",
        "18446744073709551616",
        "99999999999999999999",
        "1e15",
        "1e16",
        "1e21",
        "0.1",
        "1e-7",
        "1.0",
    ),
    *(
        "100000.0",
        "0.000001",
        "0.0000001",
        "123456789.125",
        "0x1p3",
        "1e",
        "e1",
        "1.2.3",
        "1.0.0",
        "v1",
        "4f2a9c1",
        "12e03",
    ),
    *(
        "",
        "''",
        '""',
        "'yes'",
        '"1e5"',
        "'0o17'",
        '"2024-01-01"',
        "'it''s'",
        '"\\t\\x41\\u00e9\\U0001F600"',
        '"\\0"',
        '"\\N\\L\\P\\_"',
    ),
    *(
        "é",
        "日本",
        "😀",
        "a\u00a0b",
        "a#b",
        "a #b",
        "a: b",
        "a:b",
        "a,b",
        "[a",
        "{a",
        "a]",
        "@a",
        "`a",
        "%a",
        "!a",
        "&a b",
        "*a",
    ),
    *(
        "- a",
        "? a",
        "| a",
        "> a",
        "a\tb",
        "a\t",
        "5\t",
        "true\t# c",
        '"a"\t',
        "-1",
        "--1",
        "1-1",
        "a'b",
        'a"b',
        "'a",
        '"a',
        "\\n",
    ),
    *(
        "10:00",
        "08:00",
        "512Mi",
        "1Gi",
        "100m",
        "1000m",
        "#a",
        "null # c",
        "0.0.0.0/0",
        "::1",
        "a::b",
        "https://a.example/b?c=d#e",
    ),
    *(
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        "\u2028",
        "\ufeff",
        "\u0085",
        "\x7f",
        "!!int x",
        "!!str 5",
        "!!float 5",
        "!!binary aGk=",
        "! 5",
    ),
]
"""What YAML 1.1, YAML 1.2, Go and Python have quarrelled about."""

_ALPHABETS = [
    "0123456789",
    "01234567_+-.eE",
    "0123456789abcdefxXoObB_-",
    "0123456789-:tTzZ. ",
    "yesnoYESNOtrufalTRUF~",
    "-+.infNaN",
]
_TEXTS = [
    "a b",
    "a: b",
    " a",
    "a ",
    "#a",
    "'",
    '"',
    "é",
    "\\",
    "1e5",
    "0o7",
    "true",
    "- a",
    "\t",
    "x" * 90,
    "word " * 30,
    ":",
    "{}",
    "%",
]


def scalar(chosen: random.Random) -> str:
    """Return the source of a scalar in one line, which may be none."""
    kind = chosen.randrange(10)
    if kind < 3:
        return chosen.choice(NASTY)
    if kind < 8:
        return "".join(chosen.choices(chosen.choice(_ALPHABETS), k=chosen.randint(1, 12))).strip()
    text = "".join(chosen.choices([*_TEXTS, *NASTY], k=chosen.randint(1, 3)))
    return (
        f"'{text.replace(chr(39), chr(39) * 2)}'" if kind == 8 else json.dumps(text, ensure_ascii=chosen.random() < 0.2)
    )


def block(chosen: random.Random) -> str:
    """Return the source of a scalar over several lines, indented by four, as it stands after a key."""
    lines = [
        chosen.choice(["", "  ", "", "\t"]) + chosen.choice([*_TEXTS, ""]).strip() for _ in range(chosen.randint(1, 4))
    ]
    style = chosen.choice(["|", ">", "|-", ">-", "|+", ">+", "|2", "", '"', "'"])
    if style in ("'", '"'):
        lines = [line.replace("'", "").replace('"', "").replace("\\", "") for line in lines]
        return style + "\n    ".join(lines) + style
    return style + "".join(f"\n    {line}" if line else "\n" for line in lines)


PLACES: list[Callable[[str, str], str]] = [
    lambda key, text: f"  smarthr360:{key}: {text}\n",
    lambda key, text: f"  {key}: {text}\n",
    lambda key, text: f"  other:{key}:\t{text}\n",
    lambda key, text: f"  smarthr360:{key}:\n    a: {text}\n    b: 1\n",
    lambda key, text: f"  smarthr360:{key}:\n    - {text}\n    -\t{text}\n",
    lambda key, text: f"  smarthr360:{key}: {{ a: {text}, b: [ {text} ] }}\n",
    lambda key, text: f"  smarthr360:{key}: [ {text}, {text} ]\n",
    lambda key, text: f"  smarthr360:{key}: &{key} {text}\n  smarthr360:{key}x: {{ a: *{key} }}\n",
    lambda key, text: f"  smarthr360:{key}:\n    {text}: a\n",
    lambda key, text: f"  smarthr360:{key}: {{ {text}: a }}\n",
    lambda key, text: (
        f"  smarthr360:{key}: &{key} {{ a: {text}, b: 1 }}\n  {key}x: {{ b: 2, <<: *{key}, c: {text} }}\n"
    ),
    lambda key, text: f"  smarthr360:{key}: {text}  # {text}\n",
    lambda key, text: f"  smarthr360:{key}: {text}\t\n",
]
"""Where one stands in a stack file, below `config:`."""


def entries(count: int, seed: int) -> list[tuple[str, str]]:
    """Return sources of entries below `config:`, each with the text that it is made of."""
    chosen = random.Random(seed)  # noqa: S311 - made up, not secret
    found = []
    for index in range(count):
        text = block(chosen) if chosen.random() < 0.15 else scalar(chosen)
        places = PLACES[:5] if "\n" in text else PLACES
        found.append((text, chosen.choice(places)(f"k{index}", text)))
    return found
