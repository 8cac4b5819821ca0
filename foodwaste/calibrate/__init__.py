"""Makes and updates profiles: one site's tray, measured on its own photographs."""

from foodwaste.calibrate.auto import AutoTarget, auto_target
from foodwaste.calibrate.measure import Calibration, Request, calibrate
from foodwaste.calibrate.size import parse_size, scaled_layout
from foodwaste.calibrate.store import Target, new_target, update_target, write

__all__ = [
    "AutoTarget",
    "Calibration",
    "Request",
    "Target",
    "auto_target",
    "calibrate",
    "new_target",
    "parse_size",
    "scaled_layout",
    "update_target",
    "write",
]
