"""From a finished run to the files that ship: calibrated card, checkpoint, ONNX. Imports torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from foodwaste import __version__
from foodwaste.models import ModelCard, Preprocessing, QuantityHead
from foodwaste.models.card import CheckpointSource
from foodwaste.models.checkpoint import save_checkpoint
from foodwaste.models.errors import ParityFailed
from foodwaste.models.export import Exported, export_onnx
from foodwaste.models.onnx_session import OnnxSession
from foodwaste.models.siamese import MEAN, SPREAD, ShippedQuantity, SiameseQuantity
from foodwaste.models.siamese_inputs import seen_before
from foodwaste.models.torch_session import TorchSession
from foodwaste.train.quantity_config import QuantityConfig
from foodwaste.train.quantity_crops import standard_fills
from foodwaste.train.quantity_held_out import (
    OUTPUTS,
    HeldOut,
    Run,
    answers,
    expectation,
    figures,
    held_out_pairs,
    run_of_network,
    run_of_session,
)
from foodwaste.train.quantity_source import DISHES
from foodwaste.train.quantity_task import trained_network
from foodwaste.train.quantity_temperature import (
    calibration_error,
    fit_temperature,
    shares_at,
    soft_labels,
)
from foodwaste.train.rendered import find_meals
from foodwaste.train.trainer import BEST_FILE

NAME = "quantity-embedded"
#: Int8 ships when it costs less than this of the leftover ratio's mean error.
_INT8_COSTS_AT_MOST = 0.01
#: Pairs of held-out meals for an export: on a quarter of them it must agree with torch, the
#: activations of the others set the int8 scales.
_EXPORT_PAIRS = 260


def ship_quantity(
    config: QuantityConfig,
    folders: Sequence[Path],
    held_out: Sequence[Path],
    run: Path,
    *,
    trained_on: Mapping[str, str],
    meals_each: int | None = None,
) -> Exported:
    """Writes ``quantity-embedded.pt`` and its ONNX file with card into the run's folder.

    Temperatures and errors are fitted on every second held-out meal and judged on the others;
    all figures in the card are of the others.

    Args:
        config: of the run.
        folders: what it was trained on: standard servings are theirs.
        held_out: rendered meals that it never saw.
        run: the run's folder; ``best.pt`` in it is what ships.
        trained_on: facts for the card (data, time, machine), in words.
        meals_each: how many meals of each held-out folder are used; all by default.

    Raises:
        ParityFailed: the export answers otherwise than torch.
    """
    network = trained_network(config, run / BEST_FILE).eval()
    fills = standard_fills(find_meals(folders))
    halves: list[tuple[str, HeldOut, HeldOut]] = []
    for folder in held_out:
        meals = find_meals([folder])[:meals_each]
        halves.append(
            (
                folder.name,
                held_out_pairs(meals[::2], fills, config),
                held_out_pairs(meals[1::2], fills, config),
            )
        )
    head = _calibrated_head(config, network, [first for _, first, _ in halves])
    own = run_of_network(network)
    found: dict[str, float | str] = {}
    for name, _, other in halves:
        found |= {f"{name}/{key}": value for key, value in _judged(own, other, head, config)}
    found |= trained_on
    shipped = ShippedQuantity(network).eval()
    card = save_checkpoint(run / f"{NAME}.pt", _card(config, head, found), shipped)
    session = TorchSession(card, shipped, threads=1)
    pairs = np.concatenate([first.pairs for _, first, _ in halves])
    rng = np.random.default_rng(0)
    pairs = pairs[rng.permutation(len(pairs))[:_EXPORT_PAIRS]]
    after, before = (np.ascontiguousarray(each) for each in np.split(pairs, 2, axis=2))
    count = len(pairs) // 4
    told = seen_before(session, after[:count], before[:count])
    full = export_onnx(session, run, after[:count], extras=told, name=NAME)
    try:
        small = export_onnx(
            session,
            run,
            after[:count],
            quantised="static",
            calibration=after[count:],
            extras=told,
            calibration_extras=seen_before(session, after[count:], before[count:]),
            name=NAME,
            weight_bits=7,
        )
    except ParityFailed:
        return full
    costs = [
        _ratio_error(small, other, config) - _ratio_error(full, other, config)
        for _, _, other in halves
    ]
    if max(costs) >= _INT8_COSTS_AT_MOST:
        small.path.unlink()
        small.path.with_suffix("").with_suffix(".int8.json").unlink()
        return full
    return small


def _calibrated_head(
    config: QuantityConfig, network: SiameseQuantity, held: Sequence[HeldOut]
) -> QuantityHead:
    run = run_of_network(network)
    alone = np.concatenate([answers(run, each.alone()).quantity for each in held])
    both = np.concatenate([answers(run, each.pairs).ratio for each in held])
    amounts = np.concatenate([each.amount for each in held])
    ratios = np.concatenate([each.ratio for each in held])
    of_amount = fit_temperature(alone, soft_labels(amounts, config.bins))
    of_ratio = fit_temperature(both, soft_labels(ratios, config.ratio_bins))
    amount_misses = expectation(alone, config.bins, of_amount) - amounts
    ratio_misses = expectation(both, config.ratio_bins, of_ratio) - ratios
    return QuantityHead(
        bins=config.bins,
        dishes=DISHES,
        temperature=of_amount,
        amount_error=round(float(np.sqrt((amount_misses**2).mean())), 4),
        features=network.feature_count,
        ratio_bins=config.ratio_bins,
        ratio_temperature=of_ratio,
        ratio_error=round(float(np.sqrt((ratio_misses**2).mean())), 4),
    )


def _judged(
    run: Run, held: HeldOut, head: QuantityHead, config: QuantityConfig
) -> list[tuple[str, float]]:
    """Figures on meals that neither training nor calibration saw."""
    found = figures(run, held, config, head.temperature, head.ratio_temperature)
    both = answers(run, held.pairs)
    labels = soft_labels(held.ratio, config.ratio_bins)
    for name, temperature in (("raw", 1.0), ("calibrated", head.ratio_temperature)):
        error = calibration_error(shares_at(both.ratio, temperature), labels)
        found[f"ratio_calibration_error_{name}"] = error
    return [(name, float(f"{value:.4g}")) for name, value in found.items()]


def _ratio_error(exported: Exported, held: HeldOut, config: QuantityConfig) -> float:
    session = OnnxSession(exported.card, exported.path, threads=1, mend="export it again")
    found = answers(run_of_session(session), held.pairs)
    head = exported.card.head
    assert head is not None
    ratios = expectation(found.ratio, config.ratio_bins, head.ratio_temperature)
    return float(np.abs(ratios - held.ratio).mean())


def _architecture(config: QuantityConfig) -> dict[str, str | int | float | bool]:
    """What :mod:`foodwaste.models.architectures` builds the network from."""
    stated = {"kind": "quantity-siamese", "channels": _listed(config.channels)}
    if config.comparing is not None:
        stated["comparing"] = _listed(config.comparing)
    return {**stated}


def _listed(numbers: Sequence[int]) -> str:
    return ",".join(str(each) for each in numbers)


def _card(
    config: QuantityConfig, head: QuantityHead, found: Mapping[str, float | str]
) -> ModelCard:
    return ModelCard(
        name=NAME,
        task="quantity",
        title="share of a serving, leftover ratio and kind of food of one compartment",
        version=__version__,
        licence="Apache-2.0",
        source=CheckpointSource(
            file=f"{NAME}.pt",
            architecture=_architecture(config),
        ),
        preprocessing=Preprocessing(
            height_px=config.side_px,
            width_px=config.side_px,
            mean=(MEAN, MEAN, MEAN),
            std=(SPREAD, SPREAD, SPREAD),
        ),
        outputs=OUTPUTS,
        sha256="0" * 64,
        size_mb=0,
        head=head,
        figures=dict(found),
    )
