"""The engine installer: the real tools, at pinned versions, on a machine that may reach only package registries."""

from tools.engine.install import ensure

__all__ = ["ensure"]
