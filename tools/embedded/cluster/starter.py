"""Start the processes that do not run yet, and wait until each does its work."""

import abc
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from errors import UserError
from tools.embedded.cluster import processes
from tools.embedded.cluster.processes import Process

# Some seconds are usual on two idle cores; a machine that compiles at the same time needs many times that.
_TIMEOUT = 120.0
_POLL = 0.05


class Recognisable(Protocol):
    """What starts and waits here: a process with a name, and the arguments that only it has."""

    @property
    def name(self) -> str:
        """Names it to people."""

    @property
    def marker(self) -> tuple[str, ...]:
        """The arguments by which it is found among all processes."""


ComponentT = TypeVar("ComponentT", bound=Recognisable)


class Starter(abc.ABC, Generic[ComponentT]):
    """One command's work on the processes; knows which of them it had to start.

    Args:
        report: Called with one line for each step.
        restart: What a person types where a process does not get healthy; "" where there is nothing special.
    """

    def __init__(self, report: Callable[[str], None], restart: str = "") -> None:
        self.started: set[str] = set()
        self._report = report
        self._restart = restart

    @abc.abstractmethod
    def _launch(self, component: ComponentT) -> None:
        """Start a component that does not run."""

    @abc.abstractmethod
    def _is_healthy(self, component: ComponentT, process: Process) -> bool:
        """Ask a component whether it does its work."""

    @abc.abstractmethod
    def _log(self, component: ComponentT) -> Path:
        """Where a component logs."""

    def start(self, *wanted: ComponentT) -> None:
        """Start each one that does not run."""
        for component in wanted:
            if not processes.find(component.marker):
                self._launch(component)
                self.started.add(component.name)

    def wait(self, *wanted: ComponentT) -> None:
        """Wait until each one is healthy.

        Raises:
            UserError: One ends or does not get healthy; with the last lines of its log.
        """
        deadline = time.monotonic() + _TIMEOUT
        waiting = list(wanted)
        while waiting:
            for component in tuple(waiting):
                running = processes.find(component.marker)
                if not running:
                    raise self._failure(component, "ended by itself")
                if self._is_healthy(component, running[0]):
                    waiting.remove(component)
                    if component.name in self.started:
                        self._report(f"{component.name} is ready")
                elif time.monotonic() > deadline:
                    raise self._failure(component, f"is not healthy after {_TIMEOUT:.0f} s{self._restart}")
            if waiting:
                time.sleep(_POLL)

    def _failure(self, component: ComponentT, problem: str) -> UserError:
        log = self._log(component)
        return UserError(f"{component.name} {problem}. Its last lines:\n{processes.tail(log)}\nThe whole log: {log}")
