"""From a pool's answer to a tray's report: every answer becomes exactly one."""

from __future__ import annotations

from pydantic import ValidationError

from foodwaste.pool.protocol import Answer
from foodwaste.report import TrayReport

_SHOWN_FRAMES = 6


def report_of(answer: Answer, *, image: str, before: str | None, profile: str) -> TrayReport:
    """The report of one answered task.

    A rung that was cut is a fallback with the reason; what has no rung is failed, with the
    worker's exit code and last stack where it died. ``profile`` is the profile's name for
    reports that no worker made.
    """
    if answer.payload is None:
        return _without_rung(answer, answer.reason, image, before, profile)
    try:
        report = TrayReport.model_validate(answer.payload)
    except ValidationError as error:
        problem = error.errors()[0]["msg"]
        reason = f"the analysis gave no valid report ({problem})"
        return _without_rung(answer, reason, image, before, profile)
    if answer.outcome == "finished":
        return report
    reason = answer.reason or "the analysis did not end"
    changes: dict[str, object] = {"elapsed_s": round(answer.elapsed_s, 4)}
    if report.status == "ok":
        # The last rung stood; what came after it (the audit sheet) was cut short.
        changes["notes"] = (*report.notes, f"no audit sheet: {reason}")
    elif report.status == "fallback":
        changes["reason"] = reason
    return report.model_copy(update=changes)


def _without_rung(
    answer: Answer, reason: str | None, image: str, before: str | None, profile: str
) -> TrayReport:
    notes: tuple[str, ...] = ()
    if answer.exit_code is not None and answer.stack:
        frames = answer.stack.splitlines()[:_SHOWN_FRAMES]
        notes = ("last stack: " + " < ".join(frames),)
    return TrayReport(
        image=image,
        before=before,
        profile=profile,
        status="failed",
        reason=reason or "no answer",
        failure="internal" if answer.exit_code is None else "crashed",
        elapsed_s=round(answer.elapsed_s, 4),
        notes=notes,
    )
