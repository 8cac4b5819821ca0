"""The search: trials over folds of meals, in processes that share one storage.

Each trial walks through the folds; after each its mean so far is reported, and a trial worse
than the median of earlier ones at the same place is given up. The storage is a SQLite file, so
that a search can be stopped at any time, taken up again, and worked on by several processes.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from foodwaste.errors import FoodwasteError, ModelMissing
from foodwaste.profile import BackprojectionParameters, Profile
from foodwaste.tune.folds import folds_of
from foodwaste.tune.objective import Objective, score
from foodwaste.tune.prepared import PreparedServed, RawServed, prepare
from foodwaste.tune.space import drawn_from, neighbours, suggest

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.storages import RDBStorage
    from optuna.trial import FrozenTrial

FOLDS = 5
#: No trial is given up on one or two folds: folds of ten meals differ more (3 points) than good
#: trials do, and a trial that was better on all five was given up on the second.
_FOLDS_FIRST = 2
_STARTUP_TRIALS = 12
#: Trials around the start before the sampler takes over.
_NEIGHBOURS = 30
_WATCH_S = 1.0
_LOCK_PATIENCE_S = 120.0


@dataclass(frozen=True)
class SearchTask:
    """All that a search needs; plain data, sent to its processes once.

    ``guard`` are trays that may not get worse: what they lose is added to the objective.
    """

    profile: Profile
    trays: tuple[RawServed, ...]
    guard: tuple[RawServed, ...]
    empty_rgb: NDArray[np.uint8] | None
    objective: Objective
    seed: int
    storage: Path
    study: str


@dataclass(frozen=True)
class SearchState:
    """How far a search is. ``best`` is ``None`` before the first complete trial."""

    trials: int
    pruned: int
    best: float | None
    start: float | None


def need_optuna() -> None:
    """Checks that Optuna is there.

    Raises:
        ModelMissing: with the command that installs it.
    """
    try:
        import optuna  # noqa: F401
    except ImportError as error:
        raise ModelMissing(
            "the parameter search needs Optuna: pip install 'foodwaste[tune]'"
        ) from error


def search(
    task: SearchTask,
    *,
    trials: int,
    workers: int,
    timeout_s: float | None,
    progress: Callable[[SearchState], None],
) -> bool:
    """Runs until ``trials`` have ended in all, those of earlier runs included.

    Returns False when it was interrupted or ran out of time first; what was found is stored.

    Raises:
        FoodwasteError: a process of the search died.
    """
    study = open_study(task)
    deadline = None if timeout_s is None else time.monotonic() + timeout_s
    context = multiprocessing.get_context("spawn")
    stop = context.Event()
    members = [
        context.Process(target=_work, args=(task, trials, number, stop), daemon=True)
        for number in range(workers)
    ]
    for member in members:
        member.start()
    complete = True
    try:
        while any(member.is_alive() for member in members):
            time.sleep(_WATCH_S)
            progress(state_of(study))
            if deadline is not None and time.monotonic() > deadline:
                complete = False
                stop.set()
    except KeyboardInterrupt:
        complete = False
        stop.set()
    finally:
        _end(members)
    progress(state_of(study))
    if any(member.exitcode not in (0, None) for member in members) and complete:
        raise FoodwasteError(
            "a process of the search died (out of memory?); the same command goes on from there"
        )
    return complete


def open_study(task: SearchTask) -> Study:
    """The stored study; made, with the profile's own parameters queued first, when new."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(
        study_name=task.study,
        storage=_storage(task.storage),
        direction="minimize",
        sampler=_sampler(task.seed),
        pruner=optuna.pruners.MedianPruner(
            n_startup_trials=_STARTUP_TRIALS, n_warmup_steps=_FOLDS_FIRST, n_min_trials=8
        ),
        load_if_exists=True,
    )
    if not study.trials:
        start = drawn_from(task.profile.backprojection)
        study.enqueue_trial(start)
        for near in neighbours(start, _NEIGHBOURS, seed=task.seed):
            study.enqueue_trial(near)
    return study


def state_of(study: Study) -> SearchState:
    """How far the study is."""
    from optuna.trial import TrialState

    ended = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED))
    values = [trial.value for trial in ended if trial.state == TrialState.COMPLETE]
    known = [value for value in values if value is not None]
    first = next((t.value for t in ended if t.number == 0), None)
    return SearchState(
        trials=len(ended),
        pruned=len(ended) - len(values),
        best=min(known) if known else None,
        start=first,
    )


def best_parameters(study: Study) -> BackprojectionParameters:
    """Parameters of the best complete trial.

    Raises:
        FoodwasteError: no trial ended.
    """
    import optuna

    try:
        best = study.best_trial
    except ValueError as error:
        raise FoodwasteError("no trial ended: give the search more time") from error
    return suggest(optuna.trial.FixedTrial(best.params))


def importances(study: Study) -> dict[str, float]:
    """How much each parameter decides whether a trial is good, largest first; sums to 1.

    PED-ANOVA (Watanabe, Bansal & Hutter 2023, arXiv 2304.10255) over complete trials; empty
    with fewer than 20 of them.
    """
    import optuna

    complete = [t for t in study.get_trials(deepcopy=False) if t.value is not None]
    if len(complete) < 20 or len({trial.value for trial in complete}) < 2:
        return {}
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    return {name: float(value) for name, value in found.items()}


def _work(task: SearchTask, trials: int, number: int, stop: object) -> None:
    """One process of the search. Ctrl-C is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import cv2
    import optuna

    cv2.setNumThreads(1)
    study = open_study(task)
    # Every process draws from its own stream, or all would try the same.
    study.sampler = _sampler(task.seed + 7919 * (number + 1))
    trays = prepare(task.trays, task.profile)
    guard = prepare(task.guard, task.profile)
    folds = folds_of(trays, FOLDS, seed=task.seed)
    guarded = _worth(task, task.profile, guard)

    def objective(trial: Trial) -> float:
        parameters = suggest(trial)
        profile = task.profile.model_copy(update={"backprojection": parameters})
        penalty = max(0.0, _worth(task, profile, guard) - guarded) if guard else 0.0
        total, weight = 0.0, 0
        for step, fold in enumerate(folds):
            value, count = score(task.objective, profile, fold, task.empty_rgb)
            total, weight = total + value * count, weight + count
            trial.report(total / weight + penalty, step)
            if step + 1 < len(folds) and trial.should_prune():
                raise optuna.TrialPruned
        return total / weight + penalty

    def after(study: Study, _trial: FrozenTrial) -> None:
        if stop.is_set() or state_of(study).trials >= trials:  # type: ignore[attr-defined]
            study.stop()

    if not stop.is_set() and state_of(study).trials < trials:  # type: ignore[attr-defined]
        study.optimize(objective, callbacks=[after], catch=())


def _worth(task: SearchTask, profile: Profile, trays: tuple[PreparedServed, ...]) -> float:
    return score(task.objective, profile, trays, task.empty_rgb)[0] if trays else 0.0


def _storage(path: Path) -> RDBStorage:
    import optuna

    # On a busy machine SQLite's usual 5 s were not enough for another process to finish writing.
    patience = {"connect_args": {"timeout": _LOCK_PATIENCE_S}}
    url = f"sqlite:///{path.resolve().as_posix()}"
    return optuna.storages.RDBStorage(url, engine_kwargs=patience)


def _sampler(seed: int) -> object:
    import optuna

    return optuna.samplers.TPESampler(
        seed=seed, n_startup_trials=_STARTUP_TRIALS, multivariate=True, constant_liar=True
    )


def _end(members: list[multiprocessing.context.SpawnProcess]) -> None:
    """Waits for trials under way, a few seconds at most, then kills."""
    deadline = time.monotonic() + 15.0
    for member in members:
        member.join(max(0.0, deadline - time.monotonic()))
        if member.is_alive():
            member.kill()
            member.join()
