import datetime
import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils.quantity import parse_quantity
from pydantic import BaseModel, ValidationError

from checked import Checked, quote
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
]

BAD = [
    (Quantity, "", "is not a quantity"),
    (Quantity, ".", "is not a quantity"),
    (Quantity, "1 Gi", "is not a quantity"),
    (Quantity, "1gi", "is not a quantity"),
    (Quantity, "1K", "is not a quantity"),
    (Quantity, "1KB", "is not a quantity"),
    (Quantity, "1e", "is not a quantity"),
    (Quantity, "1e1.5", "is not a quantity"),
    (Quantity, "0x10", "is not a quantity"),
    (Quantity, "1_000", "is not a quantity"),
    (Quantity, "\u0661", "is not a quantity"),
    (Quantity, "1Gi\n", "is not a quantity"),
    (Quantity, "nan", "is not a quantity"),
    (Quantity, "0Gi", "is not above 0"),
    (Quantity, "-1", "is not above 0"),
    (Quantity, "8Ei", "is larger or finer than Kubernetes can hold"),
    (Quantity, "1e999", "is larger or finer than Kubernetes can hold"),
    (Quantity, "0.1n", "is larger or finer than Kubernetes can hold"),
    (Size, "512m", "is a fraction of a byte"),
    (Size, "0.1Ki", "is a fraction of a byte"),
    (Duration, "", "is not a duration"),
    (Duration, "90", "is not a duration"),
    (Duration, "1d", "is not a duration"),
    (Duration, "-5s", "is not a duration"),
    (Duration, "1h 5m", "is not a duration"),
    (Duration, "1.5s", "is a fraction of a second"),
    (Duration, "500ms", "is a fraction of a second"),
    (DnsLabel, "", "is not a DNS name"),
    (DnsLabel, "-a", "is not a DNS name"),
    (DnsLabel, "a-\n", "is not a DNS name"),
    (DnsLabel, "a_b", "is not a DNS name"),
    (DnsLabel, "a.b", "has a dot"),
    (DnsLabel, "Dev", "has upper-case letters"),
    (DnsLabel, "a" * 64, "is too long (63 characters between dots, 253 in all)"),
    (DnsSubdomain, "a..b", "is not a DNS name"),
    (DnsSubdomain, ".".join(["a" * 63] * 4), "is too long (63 characters between dots, 253 in all)"),
    (HostName, "https://a.b", "has a scheme"),
    (HostName, "a.b/c", "has a path"),
    (HostName, "a.b:80", "has a port"),
    (HostName, "a_b.c", "has an underscore"),
    (HostName, "localhost", "has no dot"),
    (HostName, "10.0.0.1", "ends in a number, as an address does"),
    (HostName, "*.a.b", "is not a DNS name"),
    (HostName, "a.b.", "is not a DNS name"),
    (HostName, "A.b", "has upper-case letters"),
    (Repository, "smarthr360/api", "has no registry host"),
    (Repository, "ghcr.io", "has no registry host"),
    (Repository, "ghcr.io/a:1", "is not a repository"),
    (Repository, "ghcr.io/a//b", "is not a repository"),
    (Tag, "", "is not a tag"),
    (Tag, ".1", "is not a tag"),
    (Tag, "a" * 129, "is not a tag"),
    (Tag, "latest", "changes its meaning with every release"),
    (Digest, "sha256:" + "0A" * 32, "is not a digest"),
    (Digest, "0a" * 32, "is not a digest"),
    (ImageReference, "", "is not an image"),
    (ImageReference, "redis:7", "has no registry host"),
    (ImageReference, "library/redis:7", "has no registry host"),
    (ImageReference, "docker.io/library/redis", "has neither tag nor digest"),
    (ImageReference, "localhost:5000/redis", "has neither tag nor digest"),
    (ImageReference, "docker.io/library/redis:", "has a tag that is not a tag"),
    (ImageReference, "docker.io/library/redis:latest", "has a tag that changes its meaning with every release"),
    (ImageReference, "docker.io/library/redis:7@", "has a digest that is not a digest"),
    (ImageReference, "docker.io/library/Redis:7", "has upper-case letters"),
    (ImageReference, "docker.io/library/redis:7@sha256:12", "has a digest that is not a digest"),
]


@pytest.mark.parametrize(("type_", "text"), [(type_, text) for type_, texts in GOOD for text in texts])
def test_a_good_value_is_taken(type_: type[Checked], text: str) -> None:
    assert type_.read(text) == type_(text)


@pytest.mark.parametrize(("type_", "text", "fault"), BAD)
def test_a_bad_value_is_refused_in_one_sentence_that_says_what_is_allowed(
    type_: type[Checked], text: str, fault: str
) -> None:
    with pytest.raises(ValueError, match="allowed is") as caught:
        type_(text)
    found, allowed = str(caught.value).split("; ")
    assert found.endswith(f'" {fault}')
    assert allowed == f"allowed is {type_.allowed}"
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("type_", [Quantity, *(type_ for type_, _ in GOOD)])
def test_every_example_is_a_good_value(type_: type[Checked]) -> None:
    assert str(type_(type_.example)) == type_.example


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
