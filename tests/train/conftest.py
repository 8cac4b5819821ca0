"""A tiny network that learns a known line, and drawn meals as the renderer writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("tensorboard", reason="needs the extra 'train'")

from foodwaste.imaging import encode_jpeg  # noqa: E402
from foodwaste.profile import load_profile  # noqa: E402
from foodwaste.render.camera import CameraSpec  # noqa: E402
from foodwaste.train.config import OptimiserConfig, TrainerConfig  # noqa: E402
from foodwaste.train.pack import pack_folder  # noqa: E402
from foodwaste.train.rendered import find_meals  # noqa: E402
from foodwaste.train.trainer import Score, Trainer, seed_everything  # noqa: E402
from foodwaste.tray.frame import frame_of  # noqa: E402

FRAME = frame_of(load_profile("steel-5").profile.layout)


@dataclass(frozen=True)
class Line:
    """``y = 2 x1 - x2`` with a little noise of the sample's own generator."""

    size: int = 40

    def __len__(self) -> int:
        return self.size

    def sample(self, index, rng):
        x = np.random.default_rng(index).normal(size=2).astype(np.float32)
        noise = np.float32(0.01 * rng.normal())
        return {"x": x, "y": np.float32(2 * x[0] - x[1]) + noise}


@dataclass
class LineTask:
    """Also draws from the global generator (dropout), as a real network may."""

    source_size: int = 40
    scores: list[float] = field(default_factory=list)

    def source(self) -> Line:
        return Line(self.source_size)

    def losses(self, network, batch) -> Mapping[str, object]:
        error = network(batch["x"])[:, 0] - batch["y"]
        return {"loss": (error**2).mean()}

    def score(self, network) -> Score:
        with torch.no_grad():
            x = torch.eye(2)
            error = (network(x)[:, 0] - torch.tensor([2.0, -1.0])).abs().mean()
        self.scores.append(float(error))
        return Score(float(error), {"held-out/error": float(error)})


def tiny_network():
    return torch.nn.Sequential(
        torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Dropout(0.1), torch.nn.Linear(16, 1)
    )


@pytest.fixture
def make_trainer():
    def make(folder: Path, **changes) -> tuple[Trainer, LineTask]:
        changes = {"optimiser": OptimiserConfig(learning_rate=0.02, warmup_steps=5)} | changes
        config = TrainerConfig(
            **{
                "seed": 3,
                "batch": 8,
                "steps": 60,
                "epoch_steps": 20,
                "checkpoint_steps": 7,
                "loader_workers": 0,
                "threads": 1,
                "mixed_precision": False,
                "device": "cpu",
                **changes,
            }
        )
        seed_everything(config.seed)
        task = LineTask()
        return Trainer(config, task, tiny_network(), folder), task

    return make


#: Of the served and the eaten picture, in the renderer's world: from the middle, y up.
EYES_MM = ((0.0, 0.0, 450.0), (150.0, 80.0, 500.0))


def camera_at(eye_mm):
    """A phone's camera there that aims at the tray's middle, as a scene's description has it."""
    x, y, z = eye_mm
    camera = CameraSpec(
        height_mm=z,
        tilt_deg=float(np.degrees(np.arctan2(np.hypot(x, y), z))),
        azimuth_deg=float(np.degrees(np.arctan2(y, x))),
        turn_deg=0.0,
        aim_mm=(0.0, 0.0),
        fill=0.63,
        width_px=1600,
        height_px=1200,
    )
    return {"camera": asdict(camera)}


def draw_meal(folder, index, keep=(1.0, 0.5)):
    """A meal as the renderer writes it: a domed heap of red food in the rice well, and a smear."""
    place = folder / "meals" / f"{index:06d}"
    place.mkdir(parents=True)
    steel = np.full((*FRAME.shape, 3), 120, np.uint8)
    steel[FRAME.tray_mask] = 185
    (place / "empty.jpg").write_bytes(encode_jpeg(steel, quality=95))
    rice, side = FRAME.rim_masks["rice"], FRAME.rim_masks["side-1"]
    inside = cv2.distanceTransform(rice.astype(np.uint8), cv2.DIST_L2, 5)
    smear = cv2.erode(side.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    shots = [{"picture": "empty.jpg", "truth": None, "state": None, "eye_mm": [0, 0, 450]}]
    for state, share in enumerate(keep):
        height = np.where(inside > 6, share * np.minimum(inside, 30.0), 0.0).astype(np.float16)
        rgb = steel.copy()
        rgb[height > 0] = (190, 60, 40)
        rgb[smear] = (200, 120, 90)
        (place / f"state-{state}.jpg").write_bytes(encode_jpeg(rgb, quality=95))
        np.savez_compressed(
            place / f"state-{state}.npz",
            height_mm=height,
            kind=(height > 0).astype(np.uint8),
            owner=rice.astype(np.uint8),
            food=height > 0,
            residue=smear,
        )
        volume = {"rice": float(height.astype(float).sum() / 1000.0)}
        shots.append(
            {
                "picture": f"state-{state}.jpg",
                "truth": f"state-{state}.npz",
                "state": state,
                "eye_mm": EYES_MM[state],
                "volume_ml": volume,
                "mass_g": volume,
            }
        )
    dishes = [{"compartment": "rice", "kind": "red heap"}]
    meal = {
        "pictures": "tray",
        "kinds": {"red heap": 1},
        "shots": shots,
        "spec": {
            "profile": "steel-5",
            "dishes": dishes,
            "shots": [camera_at(shot["eye_mm"]) for shot in shots],
        },
    }
    (place / "meal.json").write_text(json.dumps(meal))


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    home = tmp_path_factory.mktemp("rendered")
    for name, meals in (("learn", 2), ("judge", 1)):
        for index in range(meals):
            draw_meal(home / name, index)
    return home / "learn", home / "judge"


@pytest.fixture(scope="session")
def packed(folders, tmp_path_factory):
    cache = tmp_path_factory.mktemp("packed")
    return [pack_folder(meal, cache) for meal in find_meals([folders[0]])]


@pytest.fixture
def eyes_mm():
    """Where the served and the eaten picture of drawn meals were taken from."""
    return EYES_MM
