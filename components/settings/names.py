"""Names that must be right in other people's systems: DNS, Kubernetes and container registries.

Each is a `str` that keeps its rule, checked when it is made; see components/values.py.
"""

import re

from components.settings.values import Text

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


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


class HostName(DnsSubdomain):
    """A host name that browsers ask for: at least one dot, no scheme, port or path."""

    __slots__ = ()
    example = "dev.smarthr360.com"
    allowed = f"a full host name in lower case such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        for mark, name in {"://": "a scheme", "/": "a path", ":": "a port", "_": "an underscore"}.items():
            if mark in text:
                return f"has {name}"
        if text.rpartition(".")[2].isdigit():
            return "ends in a number, as an address does"
        return super()._fault(text) if "." in text else "has no dot"


_HOST = r"(?:localhost|[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+(?=:))(?::\d{1,5})?"
_PATH = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = re.compile(rf"{_HOST}(?:/{_PATH})+", re.ASCII)
_IMAGE = re.compile(r"(?P<repository>[^@]+?)(?::(?P<tag>[^:/@]*))?(?:@(?P<digest>.*))?", re.DOTALL)
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class Repository(Text):
    """A registry with a path and no tag: where images live."""

    __slots__ = ()
    example = "ghcr.io/smarthr360"
    allowed = f"a registry host with a path in lower case such as {example}"

    @classmethod
    def _fault(cls, text: str) -> str | None:
        if text != text.lower():
            return "has upper-case letters"
        if _REPOSITORY.fullmatch(text):
            return None
        return "has no registry host" if re.fullmatch(rf"{_PATH}(?:/{_PATH})*", text) else "is not a repository"


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
    """The digest of an image, which names it for ever."""

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
        found = _IMAGE.fullmatch(text)
        if not found:
            return "is not an image"
        repository, tag, digest = found.groups()
        if tag is None and digest is None:
            return Repository._fault(repository) or "has neither tag nor digest"
        if tag is not None and (fault := Tag._fault(tag)):
            return f"has a tag that {fault}"
        if digest is not None and (fault := Digest._fault(digest)):
            return f"has a digest that {fault}"
        return Repository._fault(repository)
