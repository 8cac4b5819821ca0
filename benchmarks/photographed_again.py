"""Real trays photographed again, in make-believe: what nobody touched should read 1.

    python benchmarks/photographed_again.py [--times N]

Needs FOODWASTE_DATA. Each full tray of ``steel-tray`` and of ``tray-look`` is its own picture
after the meal, turned, tilted, from farther away, in another light and compressed once more: a
flat picture, so dishes do not shift against each other as they would, but the tray has to be found
anew. The half-eaten steel tray likewise, beside its own full one, where every dish should read
about a half. Answers of the whole product, by each dish's error in points, of a ratio that is
nominal for the half.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from foodwaste.evaluate.judge import Judge
from foodwaste.evaluate.labels import Dataset, Label, LabelledTray
from foodwaste.evaluate.record import FUSED, Record, alone
from foodwaste.evaluate.run import run
from foodwaste.imaging import encode_jpeg, load
from foodwaste.pipeline import Settings
from foodwaste.profile import load_profile

#: The camera turns by so many degrees at most, corners move by this spread, shares of the width.
TURN_DEG, CORNERS = 12.0, 0.02
#: Shares of the size; spreads of the logs of exposure, of red and of blue; sensor noise, levels.
SIZES, EXPOSURE, BALANCE, NOISE = (0.8, 1.0), 0.1, 0.05, 2.0
#: What reads below this although nobody touched it is counted.
EATEN_BELOW = 0.8

Picture = NDArray[np.uint8]


def main() -> None:
    root = os.environ.get("FOODWASTE_DATA")
    if not root:
        sys.exit("set FOODWASTE_DATA to the folder that holds the development pictures")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=4, help="new pictures of each tray")
    times = parser.parse_args().times
    steel = Path(root) / "steel-tray"
    full = [steel / "full.png"]
    white = sorted((Path(root) / "tray-look").glob("white-tray-*.jpg"))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder)
        show("steel, nothing eaten", judged("steel-5", again(full, full, 1.0, times, out)))
        show("white, nothing eaten", judged("white-5", again(white, white, 1.0, times, out)))
        half = [steel / "half.png"]
        show("steel, about a half", judged("steel-5", again(half, full, 0.5, times, out)))


def again(
    pictures: list[Path], before: list[Path], ratio: float, times: int, out: Path
) -> list[tuple[Path, Path, float]]:
    """New photographs, the pictures they are compared with, and what is left in them."""
    made = []
    for picture, served in zip(pictures, before, strict=True):
        plain = load(picture).rgb
        for number in range(times):
            path = out / f"{picture.stem}-{number}.jpg"
            new = photographed(plain, np.random.default_rng((number, 17)))
            path.write_bytes(encode_jpeg(new))
            made.append((path, served, ratio))
    return made


def photographed(plain: Picture, rng: np.random.Generator) -> Picture:
    """The picture seen from elsewhere in another light."""
    height, width = plain.shape[:2]
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    tilted = corners + rng.normal(0, CORNERS * width, corners.shape).astype(np.float32)
    move = np.eye(3)
    turn = float(rng.uniform(-TURN_DEG, TURN_DEG))
    move[:2] = cv2.getRotationMatrix2D((width / 2, height / 2), turn, float(rng.uniform(*SIZES)))
    move = move @ cv2.getPerspectiveTransform(corners, tilted)
    seen = cv2.warpPerspective(
        plain, move, (width, height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    light = np.exp(rng.normal(0, EXPOSURE) + rng.normal(0, (BALANCE, 0.0, BALANCE)))
    noisy = seen * light + rng.normal(0, NOISE, seen.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def judged(profile: str, pictures: list[tuple[Path, Path, float]]) -> list[Record]:
    loaded = load_profile(profile)
    trays = tuple(
        LabelledTray(
            after,
            before,
            before.stem,
            tuple(Label(name, leftover_ratio=left) for name in loaded.profile.layout.compartments),
        )
        for after, before, left in pictures
    )
    judge = Judge(Settings(profile=profile, depth="embedded", quantity="embedded"))
    return list(run(judge, Dataset("photographed again", trays)).records)


def show(title: str, records: list[Record]) -> None:
    answered = [record for record in records if record.answers.get(FUSED) is not None]
    print(f"{title}: {len(answered)} dishes, {len(records) - len(answered)} not served or not seen")
    for name in (FUSED, alone("depth"), alone("quantity"), alone("backprojection")):
        said = np.array([record.answers[name] for record in answered], np.float64)
        off = 100 * (said - np.array([record.truth for record in answered]))
        low = int((said < EATEN_BELOW).sum())
        print(
            f"  {name:22s} {np.abs(off).mean():5.1f}  bias {off.mean():+5.1f}  "
            f"{low} below {EATEN_BELOW:g}"
        )


if __name__ == "__main__":
    main()
