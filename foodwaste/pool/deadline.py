"""The moments of one picture's clock, worked out once when the picture is taken up.

    taken up ── fallback asked ────── its limit ── stack ─ cut ── budget
       0           2.0                   4.5         4.75   4.8    5.0 s

The answer has to be in the caller's hands when the budget ends, so the worker is cut before
that by a margin that covers killing it, noticing, and handing over the answer.
"""

from __future__ import annotations

from dataclasses import dataclass

#: A smaller budget steers the stages, and its labelled fallback may take this long: the fallback
#: analysis itself (decode, find the tray, colour) takes 0.1 s on a quiet core, and took 0.9 s on
#: a machine with five times more to do than it has cores.
SHORTEST_HARD_BUDGET_S = 2.5

#: With no rung after this share of the budget the spare is asked. A first rung stands after 2 to
#: 5 % of five seconds (16 % with five times more to do than cores), so that two seconds without
#: one are a stuck picture, and the rest is enough to start a process, load the models and make
#: the fallback.
FALLBACK_SHARE = 0.4

#: The fallback analysis' own deadline, as a share of the budget. A quarter was too little for
#: the first picture of a fresh process on that busy machine.
FALLBACK_LIMIT_SHARE = 0.5

#: How long before the cut a stuck worker is asked where it is (it answers within a
#: millisecond, from a signal handler in C, even inside a library call).
STACK_LEAD_S = 0.05


@dataclass(frozen=True, slots=True)
class Deadline:
    """Moments on the monotonic clock, in seconds.

    ``worker_until_s`` is when the worker's own ladder has to end.
    """

    taken_at_s: float
    worker_until_s: float
    fallback_at_s: float
    fallback_limit_s: float
    stack_at_s: float
    cut_at_s: float
    budget_s: float

    def worker_budget_s(self, now_s: float) -> float:
        """What is left for the worker's stages when it starts now; never negative."""
        return max(0.0, self.worker_until_s - now_s)


def margin_s(hard_budget_s: float) -> float:
    """Time between the cut and the end of the budget: 4 %, at least 0.1 s and at most 0.2 s.

    With six times more to do than two cores can, from the cut to the answer took at most 45 ms
    (``benchmarks/soak.py`` prints the longest answer).
    """
    return min(0.2, max(0.1, 0.04 * hard_budget_s))


def deadline(budget_s: float, taken_at_s: float, hard_s: float | None = None) -> Deadline:
    """The clock of a picture taken up at ``taken_at_s``.

    ``hard_s`` is when it must be answered, by default with the budget or a little later for a
    very small one.
    """
    if hard_s is None:
        hard_s = max(budget_s, SHORTEST_HARD_BUDGET_S)
    cut_at_s = taken_at_s + hard_s - margin_s(hard_s)
    # The worker's ladder ends a little before the cut, so that a stage that keeps its promise
    # is never cut in its last millisecond.
    worker_until_s = min(taken_at_s + budget_s, cut_at_s - 0.5 * margin_s(hard_s))
    return Deadline(
        taken_at_s=taken_at_s,
        worker_until_s=worker_until_s,
        fallback_at_s=taken_at_s + FALLBACK_SHARE * hard_s,
        fallback_limit_s=FALLBACK_LIMIT_SHARE * hard_s,
        stack_at_s=cut_at_s - STACK_LEAD_S,
        cut_at_s=cut_at_s,
        budget_s=hard_s,
    )
