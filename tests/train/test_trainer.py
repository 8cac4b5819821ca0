"""The trainer: learns, resumes bit for bit, stops when nothing improves."""

from __future__ import annotations

import copy
import json

import pytest
import torch

from foodwaste.errors import UsageError
from foodwaste.train.config import OptimiserConfig, TrainerConfig, read_config, write_config
from foodwaste.train.ema import Ema
from foodwaste.train.optimise import make_optimiser, make_schedule
from foodwaste.train.shipped_start import begin_with
from foodwaste.train.trainer import LAST_FILE, Trainer, seed_everything


def _weights(trainer: Trainer) -> list[torch.Tensor]:
    states = (trainer.network.state_dict(), trainer.ema.network.state_dict())
    return [tensor for state in states for tensor in state.values()]


@pytest.mark.parametrize("stop", [13, 20, 27], ids=["in an epoch", "between epochs", "later"])
def test_a_stopped_run_goes_on_bit_for_bit(make_trainer, tmp_path, stop):
    whole, _ = make_trainer(tmp_path / "whole")
    whole.run(until=40)
    first, _ = make_trainer(tmp_path / "parts")
    first.run(until=stop)
    second, _ = make_trainer(tmp_path / "parts")
    assert second.step == stop
    second.run(until=40)
    assert all(torch.equal(a, b) for a, b in zip(_weights(whole), _weights(second), strict=True))


def test_loader_processes_change_nothing(make_trainer, tmp_path):
    alone, _ = make_trainer(tmp_path / "alone")
    alone.run(until=6)
    helped, _ = make_trainer(tmp_path / "helped", loader_workers=1)
    helped.run(until=6)
    assert all(torch.equal(a, b) for a, b in zip(_weights(alone), _weights(helped), strict=True))


@pytest.mark.parametrize("frozen", [True, False])
def test_frozen_norms_keep_what_they_measured_and_learn_the_rest(make_trainer, tmp_path, frozen):
    _, task = make_trainer(tmp_path / "other")
    seed_everything(0)
    network = torch.nn.Sequential(
        torch.nn.Linear(2, 16), torch.nn.BatchNorm1d(16), torch.nn.ReLU(), torch.nn.Linear(16, 1)
    )
    config = TrainerConfig(
        batch=8, steps=20, epoch_steps=20, loader_workers=0, threads=1, frozen_norms=frozen
    )
    norm = network[1]
    before = {name: tensor.clone() for name, tensor in norm.state_dict().items()}
    Trainer(config, task, network, tmp_path / "frozen").run()
    same = {name: torch.equal(before[name], now) for name, now in norm.state_dict().items()}
    assert same["running_mean"] == same["running_var"] == frozen
    assert not same["weight"]
    assert not same["bias"]


@pytest.mark.parametrize(
    ("mixed", "vectors", "slow"),
    [(True, "AVX2", True), (True, "AVX512", False), (False, "AVX2", False)],
)
def test_a_processor_without_wide_vectors_only_imitates_half_precision(
    make_trainer, tmp_path, monkeypatch, mixed, vectors, slow
):
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: vectors)
    trainer, _ = make_trainer(tmp_path, mixed_precision=mixed, device="cpu")
    assert trainer.emulates_bfloat16 == slow


def test_a_run_begins_with_the_mean_of_several(make_trainer, tmp_path):
    ends = []
    for name, seed in (("one", 1), ("other", 2)):
        trainer, task = make_trainer(tmp_path / name, seed=seed)
        trainer.run(until=20)
        ends.append(trainer.ema.network.state_dict())
    network = copy.deepcopy(trainer.network)
    begin_with(network, [tmp_path / name / LAST_FILE for name in ("one", "other")], task)
    for name, tensor in network.state_dict().items():
        assert not torch.equal(ends[0][name], ends[1][name])
        torch.testing.assert_close(tensor, (ends[0][name] + ends[1][name]) / 2)


def test_it_learns_and_keeps_the_best(make_trainer, tmp_path):
    trainer, task = make_trainer(tmp_path, steps=200)
    trainer.run()
    assert task.scores[-1] < 0.3 * task.scores[0]
    assert trainer.best == min(task.scores)
    assert (tmp_path / "best.pt").is_file()
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert {"train/loss", "held-out/error"} <= {name for line in lines for name in line}
    assert list(tmp_path.glob("events.*"))


def test_it_stops_when_held_out_meals_no_longer_improve(make_trainer, tmp_path):
    still = OptimiserConfig(learning_rate=1e-12, warmup_steps=0)
    trainer, task = make_trainer(tmp_path, steps=400, patience=2, optimiser=still)
    trainer.run()
    assert trainer.step < 400
    assert len(task.scores) >= 3


def test_norms_and_biases_do_not_decay():
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    decaying, free = make_optimiser(network, OptimiserConfig(weight_decay=0.1)).param_groups
    assert [p.ndim for p in decaying["params"]] == [4]
    assert [p.ndim for p in free["params"]] == [1, 1, 1]
    assert (decaying["weight_decay"], free["weight_decay"]) == (0.1, 0.0)


def test_the_rate_rises_then_falls_to_its_share():
    config = OptimiserConfig(learning_rate=1.0, warmup_steps=10, final_share=0.05)
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    schedule = make_schedule(optimiser, config, 100)
    rates = []
    for _ in range(101):
        rates.append(schedule.get_last_lr()[0])
        optimiser.step()
        schedule.step()
    assert max(rates) == pytest.approx(rates[10]) == pytest.approx(1.0)
    assert rates[0] < 0.1
    assert rates[100] == pytest.approx(0.05)


def test_the_average_follows_the_weights():
    network = torch.nn.Linear(1, 1)
    average = Ema(network, 0.9)
    with torch.no_grad():
        network.weight.fill_(5.0)
    for _ in range(200):
        average.update(network)
    assert float(average.network.weight) == pytest.approx(5.0, abs=1e-3)


def test_a_configuration_survives_its_file(tmp_path):
    config = TrainerConfig(seed=7, steps=123, optimiser=OptimiserConfig(learning_rate=0.5))
    write_config(config, tmp_path / "run.yaml")
    assert read_config(TrainerConfig, tmp_path / "run.yaml") == config


def test_an_unknown_field_is_named(tmp_path):
    (tmp_path / "run.yaml").write_text("stepps: 3\n")
    with pytest.raises(UsageError, match="stepps"):
        read_config(TrainerConfig, tmp_path / "run.yaml")


def test_a_file_that_is_no_run_is_refused(make_trainer, tmp_path):
    (tmp_path / "last.pt").write_bytes(b"nothing")
    with pytest.raises(UsageError, match=r"last\.pt"):
        make_trainer(tmp_path)
