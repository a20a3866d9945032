"""The engine installer: the real tools, at pinned versions, on a machine that may reach only package registries.

Standard library only: it runs before anything is installed.
"""

from tools.engine.install import ensure
from tools.engine.pins import EngineError

__all__ = ["EngineError", "ensure"]
