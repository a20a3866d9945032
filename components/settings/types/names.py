"""Names that must be right in other people's systems: DNS, Kubernetes and container registries.

Each is a `str` that is checked on creation; see checked.py.
"""

import re

from checked import Text

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


class Line(Text):
    """Text on one line."""

    __slots__ = ()
    hidden = True
    example = "staging"
    allowed = "text that is not empty"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        if not text.strip():
            return "is empty"
        return None if text.isprintable() else "has a line break or another control character"


class DnsSubdomain(Text):
    """One or more labels of RFC 1123 with dots between them: the name of most Kubernetes objects."""

    __slots__ = ()
    example = "standard-rwo"
    allowed = f"a name of lower-case letters, digits, hyphens and dots such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        if text != text.lower():
            return "has upper-case letters"
        labels = text.split(".")
        if len(text) > 253 or max(map(len, labels)) > 63:
            return "is too long (63 characters between dots, 253 in all)"
        return None if all(map(_LABEL.fullmatch, labels)) else "is not a DNS name"


class DnsLabel(DnsSubdomain):
    """A label of RFC 1123: the name of a namespace."""

    __slots__ = ()
    example = "smarthr360-dev"
    allowed = f"a name of at most 63 lower-case letters, digits and hyphens such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        return "has a dot" if "." in text else super()._fault(text)


_TAKEN = re.compile(
    r"default|(kube|system|gke|gmp|aks|amazon)-.*|.*-system|argocd|cert-manager|external-secrets|ingress-nginx|"
    r"metrics-server|monitoring"
)


class Namespace(DnsLabel):
    """The namespace of an environment: it gets policies of its own, and nothing else is in it.

    Kubernetes keeps `kube-` for itself (kubernetes.io/docs/concepts/overview/working-with-objects/namespaces), and
    `system-` for priority classes, whose names begin with the namespace's here; the others are the clouds' and those
    of controllers.
    """

    __slots__ = ()
    allowed = (
        "a name of at most 63 lower-case letters, digits and hyphens, not one that Kubernetes or a controller uses, "
        f"such as {DnsLabel.example}"
    )

    @classmethod
    def _fault(cls, text: str) -> str | None:
        taken = "is used by Kubernetes, a cloud or a controller" if _TAKEN.fullmatch(text) else None
        return super()._fault(text) or taken


_NOBODYS = ("alt", "arpa", "example", "internal", "invalid", "local", "localhost", "onion", "test")
_MOST_LABELS = 10


class HostName(DnsSubdomain):
    """A host name that browsers ask for and Let's Encrypt certifies: at least one dot, no scheme, port or path.

    What Let's Encrypt takes is in policy/pa.go of github.com/letsencrypt/boulder; the names that nobody can own are
    IANA's special-use domain names.
    """

    __slots__ = ()
    example = "dev.smarthr360.com"
    allowed = f"a full host name in lower case such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        for mark, name in {"://": "a scheme", "/": "a path", ":": "a port", "_": "an underscore"}.items():
            if mark in text:
                return f"has {name}"
        labels = text.split(".")
        if labels[-1].isdigit():
            return "ends in a number, as an address does"
        if "." not in text:
            return "has no dot"
        if fault := super()._fault(text):
            return fault
        if labels[-1] in _NOBODYS:
            return f"ends in .{labels[-1]}, which nobody can own and Let's Encrypt does not certify"
        if len(labels) > _MOST_LABELS:
            return f"has more than the {_MOST_LABELS} parts that Let's Encrypt takes"
        odd = any(label[2:4] == "--" and not label.startswith("xn--") for label in labels)
        return "has hyphens in third and fourth place, which are kept for xn--" if odd else None


class Email(Text):
    """One e-mail address at which Let's Encrypt can reach somebody, not of a domain for examples."""

    __slots__ = ()
    example = "platform@smarthr360.com"
    allowed = f"an e-mail address such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        person, _, host = text.rpartition("@")
        # Dots stand between something (RFC 5322, by which Let's Encrypt reads it).
        written = len(person) <= 64 and re.fullmatch(r"[\w+-]+(\.[\w+-]+)*", person, re.ASCII)
        if not written or len(text) > 254 or HostName._fault(host):
            return "is not an e-mail address"
        return "is of a domain for examples" if re.fullmatch(r"(.*\.)?example\.(com|net|org)", host) else None


_PART = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
PORT = r"(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])"
"""A port, as a piece of a regular expression."""
_HOST = rf"(?:localhost|{_PART}(?:\.{_PART})+|{_PART}(?=:))(?::{PORT})?"
_PATH = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_HOST}(?:/{_PATH})+", re.ASCII)
_IMAGE = re.compile(r"(?P<repository>[^@]+?)(?::(?P<tag>[^:/@]*))?(?:@(?P<digest>.*))?", re.DOTALL)
_LONGEST_NAME = 255
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Repository(Text):
    """A registry with a path and no tag: where images live.

    The kubelet refuses a name with more than 255 characters (`NameTotalLengthMax` of
    github.com/distribution/reference).
    """

    __slots__ = ()
    example = "ghcr.io/smarthr360"
    allowed = f"a registry host with a path in lower case such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        if text != text.lower():
            return "has upper-case letters"
        if len(text) > _LONGEST_NAME:
            return f"is too long ({_LONGEST_NAME} characters)"
        if _REPOSITORY.fullmatch(text):
            return None
        return "has no registry host" if re.fullmatch(rf"{_PATH}(?:/{_PATH})*", text) else "is not a repository"


class Registry(Repository):
    """A repository of which our images are a part, with room for their names."""

    __slots__ = ()

    @classmethod
    def _fault(cls, text: str) -> str | None:
        most = _LONGEST_NAME - len("/smarthr360-celery")
        return f"is too long ({most} characters)" if len(text) > most else super()._fault(text)


class Login(Text):
    """The user who logs in to a registry; the names of robots and deploy tokens have `$` and `+`."""

    __slots__ = ()
    hidden = True
    example = "AWS"
    allowed = f"a user name of letters, digits and ._@+$- such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        return None if re.fullmatch(r"[\w.@+$-]{1,128}", text, re.ASCII) else "is not a user name"


class Tag(Text):
    """The tag of an image, never the floating `latest`."""

    __slots__ = ()
    example = "1.0.0"
    allowed = f"a fixed image tag such as {example} or develop-4f2a9c1"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        if text == "latest":
            return "changes its meaning with every release"
        return None if _TAG.fullmatch(text) else "is not a tag"


class Digest(Text):
    """The digest of an image, which never changes its meaning."""

    __slots__ = ()
    example = f"sha256:{'0123456789abcdef' * 4}"
    allowed = 'a digest such as "sha256:" with 64 lower-case hexadecimal digits'

    @classmethod
    def _fault(cls, text: str) -> str | None:
        return None if _DIGEST.fullmatch(text) else "is not a digest"


class ImageReference(Text):
    """An image that says its registry, and its tag or digest or both, so that it means the same everywhere."""

    __slots__ = ()
    example = "docker.io/library/redis:7.4.5-alpine3.21"
    allowed = f"an image with registry host and fixed tag or digest such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        match = _IMAGE.fullmatch(text)
        if not match:
            return "is not an image"
        repository, tag, digest = match.groups()
        if tag is None and digest is None:
            return Repository._fault(repository) or "has neither tag nor digest"
        if tag is not None and (fault := Tag._fault(tag)):
            return f"has a tag that {fault}"
        if digest is not None and (fault := Digest._fault(digest)):
            return f"has a digest that {fault}"
        return Repository._fault(repository)
