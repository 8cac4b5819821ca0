from __future__ import annotations

import pytest

from foodwaste.pool.deadline import SHORTEST_HARD_BUDGET_S, deadline


@pytest.mark.parametrize("budget_s", [0.001, 0.5, 1.0, 2.0, 5.0, 20.0])
def test_moments_come_in_order_and_within_the_budget(budget_s):
    clock = deadline(budget_s, taken_at_s=100.0)
    hard_s = max(budget_s, SHORTEST_HARD_BUDGET_S)
    assert 100.0 < clock.fallback_at_s < clock.stack_at_s < clock.cut_at_s < 100.0 + hard_s
    assert clock.worker_until_s < clock.cut_at_s
    assert clock.fallback_at_s + clock.fallback_limit_s < clock.cut_at_s


def test_five_seconds_keep_a_fifth_of_a_second_for_handing_over():
    assert deadline(5.0, 0.0).cut_at_s == pytest.approx(4.8)


def test_worker_is_told_what_is_left_and_never_a_negative_time():
    clock = deadline(5.0, taken_at_s=10.0)
    assert clock.worker_budget_s(10.0) == pytest.approx(4.7)
    assert clock.worker_budget_s(12.0) == pytest.approx(2.7)
    assert clock.worker_budget_s(99.0) == 0.0


def test_tiny_budget_steers_the_ladder_and_still_leaves_time_to_answer():
    clock = deadline(0.001, taken_at_s=0.0)
    assert clock.worker_budget_s(0.0) == pytest.approx(0.001)
    assert clock.cut_at_s >= 2.0
