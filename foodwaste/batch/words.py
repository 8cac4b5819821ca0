"""What tables and pages call things, in English and Korean."""

from __future__ import annotations

from foodwaste.batch.options import Language

_WORDS: dict[str, tuple[str, str]] = {
    "picture": ("picture", "사진"),
    "status": ("status", "상태"),
    "compartment": ("compartment", "칸"),
    "dish": ("dish", "음식"),
    "leftover_ratio": ("leftover_ratio", "잔반율"),
    "interval_low": ("interval_low", "잔반율 하한"),
    "interval_high": ("interval_high", "잔반율 상한"),
    "confidence": ("confidence", "신뢰도"),
    "volume_ml": ("volume_ml", "부피(ml)"),
    "mass_g": ("mass_g", "무게(g)"),
    "reference": ("reference", "비교 기준"),
    "reason": ("reason", "사유"),
    "notes": ("notes", "비고"),
    "ok": ("ok", "정상"),
    "fallback": ("fallback", "간이 분석"),
    "failed": ("failed", "실패"),
    "before": ("before", "식전 사진"),
    "meal": ("meal", "기준 식판"),
    "serving": ("serving", "표준 배식량"),
    "title": ("Leftovers", "잔반 요약"),
    "trays": ("trays", "식판"),
    "measured": ("measured", "측정"),
    "mean_left": ("left over, mean", "평균 잔반율"),
    "interval": ("90 % interval", "90 % 구간"),
    "distribution": ("distribution", "분포"),
    "mass_left": ("mass left", "남은 무게"),
    "volume_left": ("volume left", "남은 부피"),
    "by_dish": ("By dish", "음식별"),
    "worst": ("Trays with the most left", "가장 많이 남긴 식판"),
    "not_measured": ("What could not be measured, and why", "측정하지 못한 것과 그 이유"),
    "count": ("count", "개수"),
    "examples": ("for example", "예"),
    "no_picture": ("picture not available", "사진 없음"),
    "none": ("Nothing.", "없음."),
    "whole_tray": ("whole tray", "식판 전체"),
    "interval_note": (
        "The interval of a mean is the mean of its trays' intervals: errors of one dish point "
        "the same way, so they are not taken to average out.",
        "평균의 구간은 식판별 구간의 평균입니다. 같은 음식의 오차는 같은 방향이므로 "
        "상쇄된다고 보지 않습니다.",
    ),
    "partial_note": (
        "Masses and volumes are summed over the trays where they were measured.",
        "무게와 부피는 측정된 식판만 더한 값입니다.",
    ),
    "interrupted": (
        "The run was stopped before its end: only what was done by then is here.",
        "실행이 중단되었습니다. 그때까지의 결과만 있습니다.",
    ),
}


def word(name: str, language: Language) -> str:
    """The word for ``name``; a name without an entry stands for itself."""
    pair = _WORDS.get(name)
    if pair is None:
        return name
    return pair[1] if language == "ko" else pair[0]
