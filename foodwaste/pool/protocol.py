"""What crosses the process border: plain data in, plain data out, no live objects.

A task and a rung are JSON-able mappings; on the wire every message is one line of JSON. That
keeps three promises at once: nothing that cannot be written down can be sent (an unpicklable
result is an error of its picture, in its worker), reading never blocks on half a message, and
another engine (a cluster's queue) can speak the same words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

PlainData = Mapping[str, Any]

#: How an answer came about.
#:
#: - ``finished``: the analysis ended by itself; the payload is its last rung.
#: - ``cut``: it was stopped (deadline, error, death) and the payload is its best rung.
#: - ``fallback``: it left no rung; the payload is the fallback analysis of a spare process.
#: - ``failed``: there is no payload, only a reason.
Outcome = Literal["finished", "cut", "fallback", "failed"]

#: The supervisor never blocks on writing: a task must fit the socket buffer of a worker that
#: does not read (``channel.BUFFER_BYTES``). Pictures go by path; four of the longest are 16 kB.
MAX_TASK_BYTES = 32_000


@dataclass(frozen=True, slots=True)
class Task:
    """One picture's work. ``key`` names it among the tasks in flight.

    ``budget_s`` steers the stages; ``hard_s`` is when the answer must be there, by default with
    the budget, or a little later for a very small one (``deadline``).
    """

    key: str
    payload: PlainData
    budget_s: float = 5.0
    hard_s: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """How one task ended; every submitted task gets exactly one.

    ``waited_s`` is the time in the queue, ``elapsed_s`` the time from when a worker took the
    task up. ``exit_code`` (negative: the signal) and ``stack`` are the last worker's, where one
    died over the task.
    """

    key: str
    outcome: Outcome
    payload: PlainData | None
    reason: str | None = None
    waited_s: float = 0.0
    elapsed_s: float = 0.0
    exit_code: int | None = None
    stack: str | None = None


@dataclass(frozen=True, slots=True)
class WorkerSpec:
    """What a worker is, as plain data.

    Attributes:
        factory: ``"module:callable"``; called once per process with ``arguments``, it returns
            an object with the methods of :class:`Work`.
        arguments: keyword arguments of the factory, JSON-able.
        threads: size of every thread pool in the worker; ``None`` leaves them alone.
        memory_limit_bytes: address space a worker may take (``RLIMIT_AS``); beyond it an
            allocation raises ``MemoryError`` in the worker instead of starving the machine.
        load_limit_s: a factory that takes longer counts as hanging.
    """

    factory: str
    arguments: PlainData = field(default_factory=dict)
    threads: int | None = 1
    memory_limit_bytes: int | None = None
    load_limit_s: float = 60.0

    def to_plain(self) -> dict[str, Any]:
        """As a JSON-able mapping; ``WorkerSpec(**plain)`` reads it back."""
        return asdict(self)


class Work(Protocol):
    """What a factory returns: the analysis, loaded once and called many times."""

    def rungs(self, payload: PlainData, budget_s: float) -> Iterator[PlainData]:
        """Complete answers, each better than the one before."""

    def fallback(self, payload: PlainData) -> PlainData:
        """The cheapest complete answer."""


class Engine(Protocol):
    """Runs tasks somewhere and answers each exactly once."""

    @property
    def capacity(self) -> int:
        """How many tasks may be in flight (submitted and not yet answered)."""

    @property
    def in_flight(self) -> int:
        """Tasks submitted whose answers were not yet taken."""

    def submit(self, task: Task) -> None:
        """Gives a task in; at most ``capacity`` may be in flight."""

    def next_answer(self, timeout_s: float | None = None) -> Answer | None:
        """The next answer, in order of completion; ``None`` when none came in time."""

    def close(self) -> None:
        """Stops at once; tasks in flight are dropped unanswered."""


def answers(engine: Engine, tasks: Iterable[Task]) -> Iterator[Answer]:
    """Feeds ``tasks`` through ``engine``, bounded in flight, and yields answers as they come."""
    for task in tasks:
        while engine.in_flight >= engine.capacity:
            answer = engine.next_answer()
            if answer is not None:
                yield answer
        engine.submit(task)
        while engine.in_flight and (ready := engine.next_answer(0.0)) is not None:
            yield ready
    while engine.in_flight:
        answer = engine.next_answer()
        if answer is not None:
            yield answer


def encode(message: PlainData) -> bytes:
    """One message as one line.

    Raises:
        TypeError, ValueError: the message is not plain data.
    """
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> dict[str, Any]:
    """A line back into its message.

    Raises:
        ValueError: the line is no JSON object.
    """
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("a message is a JSON object")
    return message
