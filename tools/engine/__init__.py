"""The engine installer: the real tools, at pinned versions, also where only package registries can be reached."""

from tools.engine.install import ensure

__all__ = ["ensure"]
