"""Finds the tray in a photograph and sees it from straight above."""

from foodwaste.tray.frame import Frame, frame_of
from foodwaste.tray.locator import locate
from foodwaste.tray.rectify import rectify
from foodwaste.tray.types import RectifiedTray, TrayLocation

__all__ = ["Frame", "RectifiedTray", "TrayLocation", "frame_of", "locate", "rectify"]
