"""Puts the sheet together: head, two pictures, one row per compartment, photograph, legend."""

from __future__ import annotations

from foodwaste.audit import header, row
from foodwaste.audit.before import before_title, draw_before
from foodwaste.audit.canvas import Canvas, Rgb
from foodwaste.audit.icon import TrayIcon
from foodwaste.audit.legend import draw_legend, legend_height
from foodwaste.audit.lettering import Lettering, system_lettering
from foodwaste.audit.palette import INK, MISSING, PANEL, QUIET
from foodwaste.audit.photograph import draw_photograph, found_in, thumbnail
from foodwaste.audit.tray_picture import Tag, draw_tray, picture_size
from foodwaste.audit.wording import (
    estimators_that_ran,
    file_name,
    footnotes,
    names_in,
    percent,
    volume_is_measured,
)
from foodwaste.pipeline import Analysis
from foodwaste.profile import Label, Profile
from foodwaste.tray import frame_of

_MARGIN = 36
_GAP = 24
_TITLE = 40
_SIDE_WIDTH = 400
_PHOTO_HEIGHT = 380
_FOOTNOTE = 24


def draw_sheet(analysis: Analysis, lettering: Lettering | None = None) -> Rgb:
    """One sheet that shows a report and what it rests on: ``(H, W, 3) uint8`` RGB, W = 1824.

    Args:
        analysis: any analysis whose report is not ``failed``.
        lettering: fonts; by default those of this system.

    Raises:
        ValueError: the report is ``failed``: there is nothing to show.
    """
    report, profile = analysis.report, analysis.profile.profile
    if report.status == "failed":
        raise ValueError(f"no sheet for a failed picture: {report.reason}")
    lettering = lettering or system_lettering()
    names = compartment_names(profile, lettering)
    rows = [
        row.measure_row(
            names.get(item.id, item.id),
            item,
            lettering,
            volume_is_measured=volume_is_measured(analysis, item.id),
        )
        for item in report.compartments
    ]
    estimators = estimators_that_ran(analysis)
    any_missing = any(item.leftover_ratio is None for item in report.compartments)
    tray_width, tray_height = picture_size(frame_of(profile.layout))
    photo = (
        None if analysis.sight is None else thumbnail(analysis.sight, _SIDE_WIDTH, _PHOTO_HEIGHT)
    )
    photo_height = 0 if photo is None else _TITLE + photo.shape[0] + 60
    side_height = photo_height + _TITLE + legend_height(estimators, any_missing=any_missing)
    table_height = row.HEAD_HEIGHT + sum(one.height for one in rows)
    width = 2 * _MARGIN + 2 * tray_width + _GAP
    notes = [
        line
        for note in footnotes(analysis, names)
        for line in lettering.wrapped(note, 16, row.WIDTH)
    ]
    if not all(lettering.can_show(text) for text in names_in(analysis)):
        notes.append("This system has no font for some of the names: 'foodwaste doctor' helps.")

    pictures_y = _MARGIN + header.HEIGHT + 8
    table_y = pictures_y + _TITLE + tray_height + 28
    notes_y = table_y + table_height + 20
    height = max(notes_y + _FOOTNOTE * len(notes), table_y + side_height) + _MARGIN
    canvas = Canvas(width, height, lettering)
    inner = width - 2 * _MARGIN
    header.draw_header(canvas, _MARGIN, _MARGIN, inner, analysis)
    _draw_pictures(canvas, pictures_y, tray_width, analysis, names)
    row.draw_head(canvas, _MARGIN, table_y)
    row_y = table_y + row.HEAD_HEIGHT
    icon = TrayIcon(profile.layout)
    for one in rows:
        row.draw_row(canvas, _MARGIN, row_y, one, icon)
        row_y += one.height
    side_x = width - _MARGIN - _SIDE_WIDTH
    side_y = table_y
    if photo is not None and analysis.sight is not None:
        what, where = found_in(analysis.sight)
        canvas.text(side_x, side_y + 24, f"the photograph, and {what} found in it", 17, QUIET)
        draw_photograph(canvas, side_x, side_y + _TITLE, _SIDE_WIDTH, photo)
        canvas.text(side_x, side_y + _TITLE + photo.shape[0] + 26, where, 15, QUIET)
        side_y += photo_height
    draw_legend(canvas, side_x, side_y, estimators, any_missing=any_missing)
    for index, note in enumerate(notes):
        canvas.text(_MARGIN, notes_y + 18 + _FOOTNOTE * index, note, 16, QUIET)
    return canvas.pixels


def compartment_names(profile: Profile, lettering: Lettering) -> dict[str, str]:
    """By compartment id: Korean and English label; English alone where Korean cannot be shown."""
    return {
        name: _name(well.label, lettering) for name, well in profile.layout.compartments.items()
    }


def _name(label: Label, lettering: Lettering) -> str:
    if label.ko and lettering.can_show(label.ko):
        return f"{label.ko} {label.en}"
    return label.en


def _draw_pictures(
    canvas: Canvas, y: int, tray_width: int, analysis: Analysis, names: dict[str, str]
) -> None:
    lettering = canvas.lettering
    before_x, after_x = _MARGIN, _MARGIN + tray_width + _GAP
    for x, title in (
        (before_x, before_title(analysis)),
        (after_x, f"After: {file_name(analysis.report.image)}"),
    ):
        text = lettering.shortened(title, 22, tray_width, middle=True)
        canvas.text(x, y + 27, text, 22, INK)
    plain, measured = [], []
    for item in analysis.report.compartments:
        text = names.get(item.id, item.id)
        missing = item.leftover_ratio is None
        figure = "" if item.leftover_ratio is None else percent(item.leftover_ratio)
        plain.append(Tag(item.id, text))
        measured.append(Tag(item.id, text, figure, missing))
    draw_before(canvas, before_x, y + _TITLE, analysis, plain)
    if analysis.sight is not None:
        draw_tray(canvas, after_x, y + _TITLE, analysis.sight.tray, analysis.findings, measured)
        return
    width, height = picture_size(frame_of(analysis.profile.profile.layout))
    canvas.box(after_x, y + _TITLE, width, height, PANEL)
    centre = after_x + width / 2
    canvas.text(centre, y + _TITLE + height / 2, "no picture", 22, MISSING, align="middle")
