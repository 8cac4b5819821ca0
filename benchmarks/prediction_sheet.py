"""One sheet of what the height network sees on the development pictures, to look at.

    python benchmarks/prediction_sheet.py OUT.jpg [--only steel-tray tray-look …] [--each 6]

Needs FOODWASTE_DATA. A row for every picture: as it was rectified; its food outlined in blue and
its residue hatched, both by the network; and its heights, with the volume of every well and what
is left of what was served (``–``: no picture before the meal, or nothing served). The pictures'
rights are mostly unstated: a sheet is not for passing on.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from prediction_pictures import SETS, Predictor, Rgb, Seen

from foodwaste.audit.canvas import Canvas
from foodwaste.audit.lettering import system_lettering
from foodwaste.audit.palette import INK, QUIET
from foodwaste.audit.tray_picture import Tag, draw_tags, draw_tray, enlarged, picture_size
from foodwaste.evidence import Finding
from foodwaste.imaging import encode_jpeg

#: The colours end here; heaps on school trays are rarely higher.
HIGHEST_MM = 40.0
#: Less than this was not a serving, and no ratio is made of it.
LEAST_SERVED_ML = 5.0
#: The sheet is drawn at the audit sheet's scale, and shown at this share of it.
SHOWN = 0.6
GAP, TITLE, SCALE = 14, 44, 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path, help="the sheet, a JPEG")
    parser.add_argument("--only", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--each", type=int, default=6, help="pictures of tray-look, weighed-food")
    parser.add_argument("--columns", type=int, default=2)
    options = parser.parse_args()
    root = os.environ.get("FOODWASTE_DATA")
    if not root:
        sys.exit("set FOODWASTE_DATA to the folder that holds the development pictures")
    predictor = Predictor()
    rows = []
    for name in options.only:
        for seen in SETS[name](Path(root) / name, predictor, options.each):
            row = draw_row(seen)
            rows.append(cv2.resize(row, None, fx=SHOWN, fy=SHOWN, interpolation=cv2.INTER_AREA))
    while len(rows) % options.columns:
        rows.append(np.full_like(rows[0], 255))
    padded = [np.pad(row, ((0, GAP), (0, GAP), (0, 0)), constant_values=255) for row in rows]
    # Down one column and then the next: pictures of one meal stand under each other.
    high = len(padded) // options.columns
    columns = [np.vstack(padded[i * high : (i + 1) * high]) for i in range(options.columns)]
    options.out.write_bytes(encode_jpeg(np.hstack(columns), quality=88))
    print(f"{options.out}: {len(rows)} pictures, {predictor.memory.card.name}")


def draw_row(seen: Seen) -> Rgb:
    """The title and the three pictures of one prediction."""
    frame = seen.tray.frame
    width, height = picture_size(frame)
    canvas = Canvas(3 * width + 2 * GAP + SCALE, height + TITLE, system_lettering())
    canvas.text(2, TITLE - 14, seen.title, 26, INK)
    canvas.paste(0, TITLE, enlarged(seen.tray.rgb))
    food = np.asarray(seen.finding.maps["food_mask"], np.bool_)
    masks = Finding({}, {"food_mask": food, "residue": seen.residue & ~food})
    draw_tray(canvas, width + GAP, TITLE, seen.tray, {"network": masks}, [])
    left = 2 * (width + GAP)
    canvas.paste(left, TITLE, coloured_heights(seen))
    draw_tags(canvas, left, TITLE, frame, [tag(seen, name) for name in frame.rim_masks])
    draw_scale(canvas, left + width + 10, TITLE + 24, height - 48)
    return canvas.pixels


def coloured_heights(seen: Seen) -> Rgb:
    """Heights in colours over the darkened grey picture, enlarged."""
    size = picture_size(seen.tray.frame)
    height = np.asarray(seen.finding.maps["height_mm"], np.float32)
    large = cv2.resize(height, size, interpolation=cv2.INTER_LINEAR)
    grey = cv2.cvtColor(
        cv2.cvtColor(enlarged(seen.tray.rgb), cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB
    )
    shown = colours(large)
    bare = large < 0.5
    shown[bare] = grey[bare] // 2
    return shown


def colours(height_mm: NDArray[np.float32]) -> Rgb:
    """Viridis from 0 to ``HIGHEST_MM``: even steps, told apart by every kind of colour vision."""
    levels = np.clip(255 * height_mm / HIGHEST_MM, 0, 255).astype(np.uint8)
    shown = cv2.applyColorMap(levels, cv2.COLORMAP_VIRIDIS)
    return np.asarray(cv2.cvtColor(shown, cv2.COLOR_BGR2RGB), np.uint8)


def tag(seen: Seen, name: str) -> Tag:
    """Volume and leftover ratio of one well."""
    found = seen.finding.evidence.get(name)
    if found is None:
        return Tag(name, "not in the picture", missing=True)
    text = f"{name} {found.amount:.0f} ml"
    before = None if seen.served is None else seen.served.finding.evidence.get(name)
    if before is None or before.amount < LEAST_SERVED_ML:
        return Tag(name, text, "–")
    return Tag(name, text, f"{100 * found.amount / before.amount:.0f} %")


def draw_scale(canvas: Canvas, x: int, y: int, length: int) -> None:
    ramp = np.linspace(HIGHEST_MM, 0, length, dtype=np.float32)
    canvas.paste(x, y, colours(np.repeat(ramp[:, None], 18, axis=1)))
    for mark in range(0, round(HIGHEST_MM) + 1, 10):
        place = y + length * (1 - mark / HIGHEST_MM)
        canvas.text(x + 24, place + 6, f"{mark} mm", 18, QUIET)


if __name__ == "__main__":
    main()
