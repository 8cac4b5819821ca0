"""The budget: measured costs decide which stage may start. Time is injected."""

from __future__ import annotations

import pytest

from foodwaste.pipeline.budget import Budget, StageCosts


class Clock:
    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_a_stage_fits_while_its_measured_cost_does(clock):
    costs = StageCosts()
    costs.record("depth", 2.0)
    budget = Budget(5.0, clock, costs)
    assert budget.fits("depth")
    clock.now += 2.9
    assert budget.fits("depth")
    clock.now += 0.2
    assert not budget.fits("depth")


def test_several_stages_fit_only_together(clock):
    costs = StageCosts()
    costs.record("depth", 2.0)
    costs.record("quantity", 2.0)
    assert Budget(4.5, clock, costs).fits("depth", "quantity")
    assert not Budget(3.5, clock, costs).fits("depth", "quantity")


def test_a_rising_cost_is_believed_at_once_and_a_falling_one_slowly():
    costs = StageCosts()
    costs.record("tray", 0.1)
    costs.record("tray", 1.0)
    assert costs.expect("tray") == pytest.approx(1.0)
    costs.record("tray", 0.1)
    assert 0.5 < costs.expect("tray") < 1.0
    for _ in range(40):
        costs.record("tray", 0.1)
    assert costs.expect("tray") == pytest.approx(0.1, abs=0.01)


def test_what_a_busy_machine_leaves_of_five_seconds_is_enough_for_a_first_picture_and_its_before(
    clock,
):
    stages = ("imaging", "tray", "reference", "backprojection", "depth", "quantity")
    assert Budget(1.6, clock, StageCosts()).fits(*stages, "depth", "quantity")


def test_an_unknown_stage_is_not_taken_for_free(clock):
    assert not Budget(0.5, clock, StageCosts()).fits("never-seen")


def test_the_stages_that_ran_are_kept_in_order_with_what_they_took(clock):
    budget = Budget(5.0, clock, StageCosts())
    for name, seconds in (("imaging", 0.02), ("tray", 0.03)):
        with budget.stage(name):
            clock.now += seconds
    assert [stage.name for stage in budget.stages] == ["imaging", "tray"]
    assert [stage.elapsed_s for stage in budget.stages] == pytest.approx([0.02, 0.03])
    assert budget.elapsed_s == pytest.approx(0.05)


def test_a_stage_that_fails_is_timed_but_teaches_nothing(clock):
    costs = StageCosts()
    before = costs.expect("tray")
    budget = Budget(5.0, clock, costs)

    def fail():
        with budget.stage("tray"):
            clock.now += 3
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert budget.stages[0].elapsed_s == pytest.approx(3)
    assert costs.expect("tray") == before
