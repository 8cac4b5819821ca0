"""The time left for one picture, and what each stage is known to cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from foodwaste.report import StageTime

Clock = Callable[[], float]

#: Costs before anything was measured, in seconds on one slow core: generous, because a stage
#: that starts and does not fit is lost time. Each is three times and more of its median on a
#: processor with AVX2 alone; not far more, because a single photograph is always the first one
#: and on a busy machine a cold start leaves it two seconds of five.
_FIRST_GUESS_S = {
    "fallback": 0.05,
    "imaging": 0.08,
    "tray": 0.12,
    "reference": 0.25,
    "backprojection": 0.12,
    "depth": 0.25,
    "quantity": 0.10,
}
_UNKNOWN_STAGE_S = 1.0
#: A rising cost is believed at once, a falling one slowly: one cheap picture proves little.
_FORGETTING = 0.2


class StageCosts:
    """Measured cost of each stage in this process, seconds."""

    def __init__(self) -> None:
        self._seconds = dict(_FIRST_GUESS_S)
        self._measured: set[str] = set()

    def expect(self, *stages: str) -> float:
        """Seconds these stages are expected to take together."""
        return sum(self._seconds.get(stage, _UNKNOWN_STAGE_S) for stage in stages)

    def record(self, stage: str, elapsed_s: float) -> None:
        """Learns from one run of a stage."""
        known = self._seconds.get(stage, 0.0)
        if stage not in self._measured or elapsed_s > known:
            self._seconds[stage] = elapsed_s
        else:
            self._seconds[stage] = known + _FORGETTING * (elapsed_s - known)
        self._measured.add(stage)


class Budget:
    """One picture's time: starts when it is made, and keeps what each stage took."""

    def __init__(self, seconds: float, clock: Clock, costs: StageCosts) -> None:
        self.seconds = seconds
        self._clock = clock
        self._costs = costs
        self._start = clock()
        self._stages: list[StageTime] = []

    @classmethod
    def unlimited(cls) -> Budget:
        """A budget that only keeps time."""
        return cls(float("inf"), time.monotonic, StageCosts())

    @property
    def elapsed_s(self) -> float:
        """Seconds since the picture was taken up."""
        return self._clock() - self._start

    @property
    def stages(self) -> tuple[StageTime, ...]:
        """The stages that ran, in order."""
        return tuple(self._stages)

    def fits(self, *stages: str) -> bool:
        """Whether these stages, at their measured cost, end within the budget."""
        return self.elapsed_s + self._costs.expect(*stages) <= self.seconds

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Times one stage; a stage that raises is timed as well but teaches nothing."""
        begun = self._clock()
        try:
            yield
        except BaseException:
            self._stages.append(StageTime(name=name, elapsed_s=self._clock() - begun))
            raise
        elapsed = self._clock() - begun
        self._stages.append(StageTime(name=name, elapsed_s=elapsed))
        self._costs.record(name, elapsed)


monotonic: Clock = time.monotonic
