"""The audit sheet: one picture that shows a report and what it rests on."""

from foodwaste.audit.sheet import draw_sheet

__all__ = ["draw_sheet"]
