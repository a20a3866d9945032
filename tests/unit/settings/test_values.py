import datetime
import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity
from pydantic import BaseModel, ValidationError

from checked import Checked, quote, with_value
from components.settings.gitops_values import Branch, Channel, Days, GitUrl, Group, TimeOfDay, TimeZone
from components.settings.types.names import Digest, DnsLabel, DnsSubdomain, HostName, ImageReference, Repository, Tag
from units import Duration, Quantity, Size

QUANTITIES = st.builds(
    "{}{}{}".format,
    st.integers(1, 10**6),
    st.sampled_from(["", ".", ".5", ".25", ".125", ".0"]),
    st.sampled_from(["", "u", "m", "k", "M", "G", "T", "Ki", "Mi", "Gi", "Ti", "e3", "E2", "e-3"]),
)


@given(QUANTITIES)
def test_a_quantity_is_worth_what_kubernetes_own_client_says(text: str) -> None:
    assert Quantity(text).value == Fraction(parse_quantity(text.replace("E2", "e2")))  # type: ignore[no-untyped-call]


@given(QUANTITIES, QUANTITIES)
def test_quantities_are_ordered_and_equal_by_value(left: str, right: str) -> None:
    one, other = Quantity(left), Quantity(right)
    assert (one < other, one == other, one > other) == (
        one.value < other.value,
        one.value == other.value,
        one.value > other.value,
    )
    assert one != other or hash(one) == hash(other)


@given(QUANTITIES)
def test_the_canonical_form_of_a_quantity_keeps_its_value_and_is_final(text: str) -> None:
    written = Quantity(str(Quantity(text)))
    assert written == Quantity(text)
    assert str(written) == str(Quantity(text))


# Each form on the right is one that k8s.io/apimachinery v0.35.0 leaves as it is (resource.Quantity.String).
@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("0.5", "500m"),
        ("+2", "2"),
        ("5.", "5"),
        (".5", "500m"),
        ("2500k", "2500k"),
        ("1000k", "1M"),
        ("1024Mi", "1Gi"),
        ("0.5Gi", "512Mi"),
        ("1.5Ki", "1536"),
        ("0.5Ki", "512"),
        ("1000Ki", "1000Ki"),
        ("0.0001Gi", "107374182400u"),
        ("1e3", "1e3"),
        ("15e-1", "1500e-3"),
        ("12e5", "1200e3"),
        ("1E", "1E"),
        ("1E3", "1e3"),
        ("7e0", "7"),
    ],
)
def test_a_quantity_is_written_in_the_form_that_the_api_server_keeps(text: str, written: str) -> None:
    assert str(Quantity(text)) == written


def test_a_binary_and_a_decimal_quantity_are_not_mixed_up() -> None:
    assert Quantity("1G") < Quantity("1Gi")
    assert Quantity("1Gi") == Quantity("1024Mi")
    assert Quantity("0.1").value == Fraction(1, 10)


GOOD = [
    (Size, ["1", "512Mi", "0.5Gi", "1000m"]),
    (Duration, ["90s", "2m30s", "8760h", "1.5h", "1000ms", "0s"]),
    (DnsLabel, ["a", "smarthr360-dev", "0a", "a" * 63]),
    (DnsSubdomain, ["standard", "gp3.csi-aws", ".".join(["a" * 63] * 3)]),
    (HostName, ["smarthr360.com", "a.b-c.d1", "xn--bcher-kva.de"]),
    (Repository, ["ghcr.io/smarthr360", "localhost:5000/a/b_c", "registry:5000/x", "a.b/c__d/e--f"]),
    (Tag, ["1.0.0", "v1", "_x", "develop-4f2a9c1", "A" * 128]),
    (Digest, ["sha256:" + "0a" * 32]),
    (
        ImageReference,
        [
            "docker.io/library/redis:7.4.5-alpine3.21",
            "localhost:5000/redis:1",
            "ghcr.io/a/b@sha256:" + "0a" * 32,
            "ghcr.io:443/a/b:1@sha256:" + "0a" * 32,
        ],
    ),
    (TimeOfDay, ["00:00", "02:00", "19:30", "23:59", "24:00"]),
    (TimeZone, ["Europe/Paris", "UTC", "America/Argentina/Buenos_Aires", "Australia/Lord_Howe"]),
    (
        GitUrl,
        [
            "https://github.com/smarthr360/smarthr360-platform.git",
            "https://git.example.com:8443/a/b",
            "ssh://git@github.com:22/a/b.git",
            "ssh://github.com/a",
            "git@github.com:a/b.git",
            "file:///srv/git/platform.git",
        ],
    ),
    (Branch, ["main", "develop", "release/1.0", "a.b", "a-b_c", "é"]),
    (Group, ["prod-admins", "Prod Admins", "ad:group/1", "cn=admins"]),
    (Channel, ["deployments", "smarthr360-production", "C024BE91L", "équipe_1"]),
]

BAD = [
    (
        Quantity,
        "is not a quantity",
        ["", ".", "1 Gi", "1gi", "1K", "1KB", "1e", "1e1.5", "0x10", "1_000", "\u0661", "1Gi\n", "nan"],
    ),
    (Quantity, "is not above 0", ["0Gi", "-1"]),
    (Quantity, "is larger or finer than Kubernetes can hold", ["8Ei", "1e999", "0.1n"]),
    (Size, "is a fraction of a byte", ["512m", "0.1Ki"]),
    (Duration, "is not a duration", ["", "90", "1d", "-5s", "1h 5m"]),
    (Duration, "is a fraction of a second", ["1.5s", "500ms"]),
    (DnsLabel, "is not a DNS name", ["", "-a", "a-\n", "a_b"]),
    (DnsLabel, "has a dot", ["a.b"]),
    (DnsLabel, "has upper-case letters", ["Dev"]),
    (DnsLabel, "is too long (63 characters between dots, 253 in all)", ["a" * 64]),
    (DnsSubdomain, "is not a DNS name", ["a..b"]),
    (DnsSubdomain, "is too long (63 characters between dots, 253 in all)", [".".join(["a" * 63] * 4)]),
    (HostName, "has a scheme", ["https://a.b"]),
    (HostName, "has a path", ["a.b/c"]),
    (HostName, "has a port", ["a.b:80"]),
    (HostName, "has an underscore", ["a_b.c"]),
    (HostName, "has no dot", ["localhost"]),
    (HostName, "ends in a number, as an address does", ["10.0.0.1"]),
    (HostName, "is not a DNS name", ["*.a.b", "a.b."]),
    (HostName, "has upper-case letters", ["A.b"]),
    (Repository, "has no registry host", ["smarthr360/api", "ghcr.io"]),
    (Repository, "is not a repository", ["ghcr.io/a:1", "ghcr.io/a//b"]),
    (Tag, "is not a tag", ["", ".1", "a" * 129]),
    (Tag, "changes its meaning with every release", ["latest"]),
    (Digest, "is not a digest", ["sha256:" + "0A" * 32, "0a" * 32]),
    (ImageReference, "is not an image", [""]),
    (ImageReference, "has no registry host", ["redis:7", "library/redis:7"]),
    (ImageReference, "has neither tag nor digest", ["docker.io/library/redis", "localhost:5000/redis"]),
    (ImageReference, "has a tag that is not a tag", ["docker.io/library/redis:"]),
    (ImageReference, "has a tag that changes its meaning with every release", ["docker.io/library/redis:latest"]),
    (
        ImageReference,
        "has a digest that is not a digest",
        ["docker.io/library/redis:7@", "docker.io/library/redis:7@sha256:12"],
    ),
    (ImageReference, "has upper-case letters", ["docker.io/library/Redis:7"]),
    (TimeOfDay, "is not a time of day", ["2:00", "24:01", "25:00", "12:60", "12:00:00", "12:00\n", "2pm", ""]),
    (
        TimeZone,
        "is not a time zone that this machine knows",
        ["", "Paris", "Europe", "europe/paris", "+01:00", "localtime", "../zoneinfo/UTC", "/etc/localtime"],
    ),
    (
        GitUrl,
        "is not a Git URL",
        [
            "",
            "github.com/a/b",
            "http://github.com/a/b",
            "git://github.com/a/b",
            "https://github.com",
            "https://github.com/a b",
            "file://srv/git",
            "/srv/git",
        ],
    ),
    (GitUrl, "is a pattern, and would mean other repositories as well", ["https://github.com/a?ref=b"]),
    (Branch, "is not the name of a branch", ["@"]),
    (Group, "is empty", [""]),
    (Group, "begins or ends with a space", [" a", "a\n"]),
    (Group, "has a comma, a quote or a line break", ["a,b", '"a"', "a\nb"]),
    (Channel, "begins with #", ["#deployments"]),
    (Channel, "is not a channel", ["", "a b", "a;b"]),
    (Days, "is empty", [""]),
    (Days, '"never" is not a day', ["never"]),
    (Days, '"mon" is not a day', ["mon"]),
    (Days, '"Monday" is not a day', ["Monday"]),
    (Days, '"" is not a day', ["monday,"]),
    (Days, "monday is in the list more than once", ["monday, friday, monday"]),
]


@pytest.mark.parametrize(("type_", "text"), [(type_, text) for type_, texts in GOOD for text in texts])
def test_a_good_value_is_taken(type_: type[Checked], text: str) -> None:
    assert type_.read(text) == type_(text)
    assert str(type_.read(text)) == text or issubclass(type_, Quantity)


@pytest.mark.parametrize(
    ("type_", "fault", "text"), [(type_, fault, text) for type_, fault, texts in BAD for text in texts]
)
def test_a_bad_value_is_refused_in_one_sentence_that_says_what_is_allowed(
    type_: type[Checked], fault: str, text: str
) -> None:
    with pytest.raises(ValueError, match="allowed is") as caught:
        type_(text)
    refused, allowed = str(caught.value).split("; ")
    shown = type_ is not Days and not getattr(type_, "hidden", False)
    assert refused == (with_value(text, fault) if shown else fault)
    assert allowed == f"allowed is {type_.allowed}"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("type_", [Quantity, Days, *(type_ for type_, _ in GOOD)])
def test_every_example_is_a_good_value_and_named_as_allowed(type_: type[Checked]) -> None:
    assert str(type_.read(type_.example)) == type_.example
    assert type_.example in type_.allowed or type_ is Digest


def test_a_long_value_is_cut_in_the_error() -> None:
    with pytest.raises(ValueError, match="allowed is") as caught:
        HostName("x" * 10_000)
    assert len(str(caught.value)) < 300


@given(st.integers(0, 9999), st.integers(0, 9999), st.integers(0, 9999))
def test_a_duration_is_the_sum_of_its_parts(hours: int, minutes: int, seconds: int) -> None:
    duration = Duration(f"{hours}h{minutes}m{seconds}s")
    assert duration.seconds == datetime.timedelta(hours=hours, minutes=minutes, seconds=seconds).total_seconds()
    assert duration == Duration(f"{duration.seconds}s")


class Example(BaseModel):
    size: Size
    cpu: Quantity
    host: HostName


def test_values_are_field_types_that_keep_their_type() -> None:
    example = Example.model_validate({"size": Size("1Gi"), "cpu": 2, "host": "a.b"})
    assert (example.size, example.cpu, example.host) == (Size("1Gi"), Quantity("2"), HostName("a.b"))
    assert isinstance(example.host, HostName)
    assert example.model_dump(mode="json") == {"size": "1Gi", "cpu": "2", "host": "a.b"}


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (0.5, "0.5 is a number, to be written in quotes"),
        (True, "true is a boolean, to be written in quotes"),
        (None, "is empty"),
        ([], "is a list"),
        ({}, "is an object"),
    ],
)
def test_a_field_refuses_what_is_not_text(value: object, found: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Example.model_validate({"size": "1Gi", "cpu": value, "host": "a.b"})
    assert str(caught.value.errors()[0]["ctx"]["error"]) == f"{found}; allowed is {Quantity.allowed}"


@pytest.mark.parametrize(
    "mark", ["\x07", "\x1b[31m", "\x7f", "\x9b31m", "\u202e", "\u2066", "\u2028", "\u200b", "\U000e0041"]
)
def test_what_a_terminal_acts_on_or_hides_is_spelled_out(mark: str) -> None:
    said = quote(f"grün {mark}")
    assert said.isprintable()
    assert said.startswith('"grün \\u')
    assert json.loads(said) == f"grün {mark}"
