"""What ``foodwaste calibrate --json`` says: one object about the profile it made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from foodwaste.calibrate import Calibration, Target


def print_json(found: Calibration, target: Target, written: list[Path], stream: TextIO) -> None:
    """Writes one JSON object to ``stream``."""
    layout = found.profile.layout
    record = {
        "profile": str(target.path),
        "name": found.profile.name,
        "files": [str(path) for path in written],
        "size_mm": [layout.width_mm, layout.height_mm],
        "fit": {
            kind: round(sight.location.score, 4)
            for kind, sight in (("empty", found.empty), ("serving", found.served))
            if sight is not None
        },
        "compartments": [
            {
                "id": name,
                "depth_mm": well.depth_mm,
                "capacity_ml": well.capacity_ml,
                "serving": found.profile.servings[name].model_dump(mode="json")
                if name in found.profile.servings
                else None,
            }
            for name, well in layout.compartments.items()
        ],
        "notes": list(found.notes),
    }
    print(json.dumps(record, ensure_ascii=False), file=stream, flush=True)
