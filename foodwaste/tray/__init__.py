"""Finds the tray in a photograph and sees it from straight above."""

from foodwaste.tray.frame import Frame, frame_of
from foodwaste.tray.locator import locate, locate_again
from foodwaste.tray.rectify import rectify, resolution
from foodwaste.tray.types import RectifiedTray, TrayLocation

__all__ = [
    "Frame",
    "RectifiedTray",
    "TrayLocation",
    "frame_of",
    "locate",
    "locate_again",
    "rectify",
    "resolution",
]
