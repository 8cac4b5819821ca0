"""Measures what is left on a meal tray, dish by dish, from a photograph."""

__version__ = "0.1.0"
