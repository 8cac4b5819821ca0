"""``foodwaste calibrate --fit``: what labelled trays teach a profile about its own errors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.table import Table

from foodwaste.errors import UsageError

if TYPE_CHECKING:
    from foodwaste.evaluate.fit import Fitted


#: Readings of which is said what they are worth.
_SHOWN = (0.1, 0.3, 0.5, 0.7, 0.9)


def fit_profile(
    dataset: str,
    base: str | None,
    out: Path | None,
    update: Path | None,
    *,
    depth: str,
    quantity: str,
) -> None:
    """Fits errors on labelled trays and writes them into ``update``, or beside it to ``out``.

    Args:
        dataset: manifest or known picture set.
        base: the profile to fit, when a new one is written; the default profile otherwise.
        out: the new profile.
        update: the profile to change.
        depth: depth estimator that is measured too, as in ``analyze``.
        quantity: quantity estimator that is measured too, as in ``analyze``.
    """
    from foodwaste.cli.evaluate import settings_of
    from foodwaste.cli.progress import progress_bar
    from foodwaste.cli.streams import protected_stdout, say
    from foodwaste.evaluate.child_profile import replace_fusion, write_child
    from foodwaste.evaluate.datasets import open_dataset
    from foodwaste.evaluate.fit import fit
    from foodwaste.profile import DEFAULT_PROFILE, load_profile

    settings = settings_of(depth=depth, quantity=quantity)
    if (out is None) == (update is None):
        raise UsageError("give --out for a new profile or --update for one that is there")
    if out is not None and not out.parent.is_dir():
        raise UsageError(f"--out: there is no folder {out.parent}")
    if update is not None and base is not None:
        raise UsageError("--update keeps the profile's layout: leave --layout out")
    with protected_stdout() as stream:
        loaded = load_profile(update if update is not None else base or DEFAULT_PROFILE)
        labelled = open_dataset(dataset, loaded.profile)
        with progress_bar("trays") as progress:
            fitted = fit(loaded, settings, labelled, progress=progress)
        if out is not None:
            write_child(loaded, out, name=out.stem, fusion=fitted.fusion)
        elif update is not None:
            replace_fusion(update, fitted.fusion)
        _show(fitted, stream)
        say(f"profile: {out or update}")


def _show(fitted: Fitted, stream: TextIO) -> None:
    from foodwaste.conformal import worth

    console = Console(file=stream, highlight=False, width=None if stream.isatty() else 110)
    fusion = fitted.fusion
    source = fusion.fitted_on
    if source is not None:
        console.print(
            f"fitted on {fitted.labels} compartments of {source.trays} trays, {source.meals} meals"
        )
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for header in ("90 % intervals", "estimators", "answers", "below", "above", "n"):
        table.add_column(header)
    for band in fusion.intervals:
        table.add_row(
            band.kind,
            band.estimators,
            f"{band.from_ratio:.0%} to {band.to_ratio:.0%}",
            _reach(band.below, band.kind),
            _reach(band.above, band.kind),
            str(band.count),
        )
    console.print(table)
    for kind, spread in fusion.spreads.items():
        console.print(
            f"{kind}: bias {-100 * spread.bias:+.1f} points, {100 * spread.within:.1f} from tray "
            f"to tray, {100 * spread.between:.1f} from meal to meal"
        )
    for estimator, floors in fusion.residue_floors.items():
        listed = ", ".join(f"{name} {floor:.0%}" for name, floor in floors.items())
        console.print(f"residue floors, {estimator}: {listed}")
    for estimator, curves in fusion.reading_curves.items():
        for kind, curve in curves.items():
            listed = ", ".join(f"{each:.0%} → {worth(curve, each):.0%}" for each in _SHOWN)
            console.print(f"readings, {estimator}, {kind}: {listed}")
    if fitted.policy_mae:
        listed = ", ".join(f"{way} {100 * mae:.1f}" for way, mae in fitted.policy_mae.items())
        console.print(f"policy {fusion.policy} chosen on meals not fitted on (MAE: {listed})")
    else:
        console.print("one estimator answered: the fusion policies are the same")


def _reach(value: float, kind: str) -> str:
    return f"{100 * value:.1f} points" if kind == "tray" else f"{value:.2f} × stated error"
