"""``foodwaste calibrate``: a profile from photographs of one site's own tray."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from foodwaste.cli.calibrate_auto import AUTO, Material, measured_target
from foodwaste.cli.estimator_options import (
    DEFAULT_DEPTH,
    DEFAULT_QUANTITY,
    DepthToFit,
    QuantityToFit,
)
from foodwaste.errors import ExitCode, ImageError, UsageError

if TYPE_CHECKING:
    from foodwaste.calibrate import Target

_EXAMPLE = """Example: foodwaste calibrate --empty empty.jpg --size 375x290 --serving served.jpg
--dish rice=현미밥 --out our-tray.yaml"""


def calibrate(
    empty: Annotated[
        str | None, typer.Option(metavar="IMG", help="The clean, empty tray from above.")
    ] = None,
    size: Annotated[
        str | None,
        typer.Option(metavar="SIZE", help="The tray's outer size: 375x290 (mm) or 37.5x29cm."),
    ] = None,
    rim_height: Annotated[
        float | None,
        typer.Option(
            metavar="MM",
            min=5.0,
            max=120.0,
            help="Its rim above the table: the layout's, or 30 for auto.",
        ),
    ] = None,
    layout: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FILE|auto",
            help="Whose wells: a shipped profile's ('foodwaste profiles'; steel-5 unless given) or "
            "any file's; auto measures an unknown tray's on --empty, to be checked and edited.",
        ),
    ] = None,
    material: Annotated[
        Material | None,
        typer.Option(
            help="What a tray of --layout auto is made of (steel unless given): decides what its "
            "bare surface can look like, and whose parameters the estimators start with.",
        ),
    ] = None,
    serving: Annotated[
        str | None, typer.Option(metavar="IMG", help="The tray with one standard meal served.")
    ] = None,
    dish: Annotated[
        list[str] | None,
        typer.Option(metavar="WELL=NAME", help="What is served in a compartment; repeatable."),
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="YAML", help="The profile to make.")] = None,
    update: Annotated[
        Path | None,
        typer.Option(metavar="YAML", help="The profile to change; keeps what is not measured."),
    ] = None,
    fit: Annotated[
        str | None,
        typer.Option(
            metavar="MANIFEST|DATASET", help="Labelled trays: measure errors, store intervals."
        ),
    ] = None,
    depth: DepthToFit = DEFAULT_DEPTH,
    quantity: QuantityToFit = DEFAULT_QUANTITY,
    audit: Annotated[
        Path | None, typer.Option(metavar="PNG", help="Draw here what was found.")
    ] = None,
    corners: Annotated[
        str | None,
        typer.Option(
            metavar="'X,Y X,Y X,Y X,Y'", help="The tray's corners in the empty tray's picture."
        ),
    ] = None,
    serving_corners: Annotated[
        str | None,
        typer.Option(metavar="'X,Y X,Y X,Y X,Y'", help="The same in the served tray's picture."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
    max_mpixels: Annotated[
        float, typer.Option(metavar="N", min=0.01, help="Refuse pictures of more megapixels.")
    ] = 60.0,
) -> None:
    """Make or update a profile from photographs of your own tray."""
    from foodwaste.calibrate import Request, parse_size, write
    from foodwaste.calibrate import calibrate as measure
    from foodwaste.cli.corners import parse_corners
    from foodwaste.cli.streams import protected_stdout, say

    if fit is not None:
        if empty is not None or serving is not None or dish or size is not None:
            raise UsageError(
                "--fit measures a profile's errors: give it without --empty and others"
            )
        from foodwaste.cli.calibrate_fit import fit_profile

        fit_profile(fit, layout, out, update, depth=depth, quantity=quantity)
        return
    size_mm = None if size is None else parse_size(size)
    dishes = _dishes(dish or [])
    if audit is not None and not audit.parent.is_dir():
        raise UsageError(f"--audit: there is no folder {audit.parent}")
    with protected_stdout() as stream:
        given_corners = None if corners is None else parse_corners(corners)
        auto = None
        if layout == AUTO:
            with _unreadable():
                auto = measured_target(
                    out, update, empty, size_mm, rim_height, material, given_corners, max_mpixels
                )
            target, given_corners = auto.target, auto.corners_px
        elif material is not None:
            raise UsageError("--material is for --layout auto: other layouts know theirs")
        else:
            target = _target(out, update, layout)
        _check(target, empty, serving, size, rim_height, dishes, audit)
        request = Request(
            empty=empty,
            serving=serving,
            size_mm=size_mm,
            rim_height_mm=rim_height,
            dishes=dishes,
            corners_px=given_corners,
            serving_corners_px=None
            if serving_corners is None
            else parse_corners(serving_corners, "--serving-corners"),
            max_mpixels=max_mpixels,
        )
        with _unreadable():
            found = measure(request, target.base, name=target.name, stem=target.path.stem)
        if auto is not None:
            found = replace(found, notes=(*auto.notes, *found.notes))
        written = list(write(found, target))
        if audit is not None:
            from foodwaste.calibrate.picture import draw_calibration
            from foodwaste.imaging import save_png

            save_png(audit, draw_calibration(found))
            written.append(audit)
        if as_json:
            from foodwaste.cli.calibration_json import print_json

            print_json(found, target, written, stream)
        else:
            from foodwaste.cli.calibration_table import show

            show(found, target, written, stream)
        for note in found.notes:
            say(note)


@contextmanager
def _unreadable() -> Iterator[None]:
    """A photograph that cannot be read leaves nothing to do."""
    from foodwaste.cli.streams import say

    try:
        yield
    except ImageError as error:
        say(f"foodwaste: {error}")
        raise typer.Exit(ExitCode.NOTHING_READABLE) from error


def _target(out: Path | None, update: Path | None, layout: str | None) -> Target:
    from foodwaste.calibrate import new_target, update_target
    from foodwaste.profile import DEFAULT_PROFILE, load_profile

    if (out is None) == (update is None):
        raise UsageError("give --out for a new profile or --update for one that is there")
    if update is not None:
        if layout is not None:
            raise UsageError("--update keeps the profile's layout: leave --layout out")
        return update_target(update)
    assert out is not None
    return new_target(out, load_profile(layout or DEFAULT_PROFILE))


def _check(
    target: Target,
    empty: str | None,
    serving: str | None,
    size: str | None,
    rim_height: float | None,
    dishes: dict[str, str],
    audit: Path | None,
) -> None:
    """Refuses combinations that would leave a profile at odds with its own pictures."""
    if not target.update and empty is None:
        raise UsageError("a new profile needs --empty, a photograph of the clean, empty tray")
    if target.update:
        if empty is None and serving is None and not dishes:
            raise UsageError("nothing to update: give --empty, --serving or --dish")
        resized = size is not None or rim_height is not None
        if resized and empty is None:
            raise UsageError("another size needs the empty tray measured again: give --empty too")
        if resized and serving is None and target.base.profile.served_picture is not None:
            raise UsageError("another size needs the served tray measured again: give --serving")
    if audit is not None and empty is None and serving is None:
        raise UsageError("--audit draws pictures: give --empty or --serving")
    if empty == serving == "-":
        raise UsageError("standard input holds one picture: give a file for the other")


def _dishes(texts: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        name, equals, dish = (part.strip() for part in text.partition("="))
        if not (name and equals and dish):
            raise UsageError(f"--dish is a compartment and a name like rice=현미밥, not {text!r}")
        found[name] = unicodedata.normalize("NFC", dish)
    return found


calibrate.__doc__ = f"{calibrate.__doc__}\n\n{_EXAMPLE}"
