"""``summary.html``: one page that a kitchen can file, with everything in it and nothing loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from foodwaste.batch.figures import (
    DishFigures,
    Unmeasured,
    dish_figures,
    tray_figures,
    unmeasured,
)
from foodwaste.batch.options import Language
from foodwaste.batch.store import Store
from foodwaste.batch.table import write_whole
from foodwaste.batch.words import word

FILE_NAME = "summary.html"
_WORST = 12

_PAGE = Template("""<!DOCTYPE html>
<html lang="$lang"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>$title</title><style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, "Apple SD Gothic Neo", "Malgun Gothic", "Noto Sans KR", sans-serif;
  max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #8884; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
svg { display: block; } rect { fill: #c2571a; }
.trays { display: flex; flex-wrap: wrap; gap: 1rem; }
figure { margin: 0; width: 15rem; } figure img { width: 100%; border-radius: 4px; }
figcaption { overflow-wrap: anywhere; } .note { color: #888; } tr.total { font-weight: 600; }
@media print { figure { break-inside: avoid; } }
</style></head><body>
<h1>$title</h1><p>$counts</p>$interrupted
<h2>$by_dish</h2><table><thead><tr>$dish_heads</tr></thead><tbody>
$dish_rows</tbody></table><p class="note">$interval_note $partial_note</p>
<h2>$worst_title</h2><div class="trays">$worst</div>
<h2>$not_measured</h2>$unmeasured
</body></html>
""")


def write_summary(
    store: Store,
    folder: Path,
    language: Language,
    *,
    labels: Mapping[str, str],
    thumbnail: Callable[[str], str | None],
    interrupted: bool = False,
) -> Path:
    """Writes the page into ``folder``.

    ``labels`` name the compartments; ``thumbnail`` gives a ``data:`` address for a tray's path.

    Raises:
        CannotWrite: the file cannot be written.
    """
    trays = list(store.trays())
    compartments = list(store.compartments())

    def w(name: str) -> str:
        return escape(word(name, language))

    counts = {s: sum(t["status"] == s for t in trays) for s in ("ok", "fallback", "failed")}
    total = tray_figures(trays, word("whole_tray", language))
    dishes = dish_figures(compartments, labels)
    reasons = unmeasured(trays, compartments, store.left_over())
    page = _PAGE.substitute(
        lang=language,
        title=w("title"),
        counts=f"{len(trays)} {w('trays')}: "
        + ", ".join(f"{count} {w(status)}" for status, count in counts.items()),
        interrupted=f"<p><strong>{w('interrupted')}</strong></p>" if interrupted else "",
        by_dish=w("by_dish"),
        dish_heads=_dish_heads(w),
        dish_rows="\n".join([*map(_dish_row, dishes), _dish_row(total, "total")]),
        interval_note=w("interval_note"),
        partial_note=w("partial_note"),
        worst_title=w("worst"),
        worst="\n".join(_figure(tray, thumbnail, w) for tray in _worst(trays)) or w("none"),
        not_measured=w("not_measured"),
        unmeasured=_reasons(reasons, w),
    )
    return write_whole(folder / FILE_NAME, page.encode("utf-8", "backslashreplace"))


def _worst(trays: list[dict[str, Any]]) -> list[dict[str, Any]]:
    measured = [tray for tray in trays if tray["leftover_ratio"] is not None]
    return sorted(measured, key=lambda tray: (-tray["leftover_ratio"], tray["path"]))[:_WORST]


def _dish_heads(w: Callable[[str], str]) -> str:
    heads = f"<th>{w('dish')}</th>"
    for name in ("measured", "mean_left", "interval"):
        heads += f'<th class="number">{w(name)}</th>'
    heads += f"<th>{w('distribution')} 0–100 %</th>"
    for name in ("mass_left", "volume_left"):
        heads += f'<th class="number">{w(name)}</th>'
    return heads


def _dish_row(dish: DishFigures, kind: str = "") -> str:
    interval = dish.interval
    numbers = (
        f"{dish.measured} / {dish.trays}",
        "–" if dish.mean is None else f"{dish.mean:.0%}",
        "–" if interval is None else f"{interval[0]:.0%} – {interval[1]:.0%}",
    )
    sums = (_sum(dish.mass_g, "g", "kg"), _sum(dish.volume_ml, "ml", "l"))
    cells = "".join(f'<td class="number">{number}</td>' for number in numbers)
    cells += f"<td>{_bars(dish.histogram)}</td>"
    cells += "".join(f'<td class="number">{text}</td>' for text in sums)
    return f'<tr class="{kind}"><td>{escape(dish.name)}</td>{cells}</tr>'


def _sum(value: float | None, unit: str, thousand: str) -> str:
    if value is None:
        return "–"
    return f"{value / 1000:.1f} {thousand}" if value >= 1000 else f"{value:.0f} {unit}"


def _bars(histogram: list[int]) -> str:
    """A histogram as SVG, 10 bars of 11 × 28 px, empty and full bins told apart by height."""
    highest = max(histogram, default=0)
    if not highest:
        return ""
    bars = []
    for index, count in enumerate(histogram):
        height = 28 * count / highest
        bars.append(
            f'<rect x="{12 * index}" y="{28 - height:.1f}" width="11" height="{height:.1f}">'
            f"<title>{10 * index}–{10 * index + 10} %: {count}</title></rect>"
        )
    width = 12 * len(histogram)
    return f'<svg width="{width}" height="29" viewBox="0 0 {width} 29">{"".join(bars)}</svg>'


def _figure(
    tray: dict[str, Any], thumbnail: Callable[[str], str | None], w: Callable[[str], str]
) -> str:
    source = thumbnail(tray["path"])
    name = escape(tray["path"])
    picture = f'<img src="{source}" alt="{name}">' if source else f"<p>{w('no_picture')}</p>"
    low, high = tray["interval_low"], tray["interval_high"]
    interval = "" if low is None or high is None else f" ({low:.0%} – {high:.0%})"
    caption = f"<strong>{tray['leftover_ratio']:.0%}</strong>{interval}<br>{name}"
    return f"<figure>{picture}<figcaption>{caption}</figcaption></figure>"


def _reasons(reasons: list[Unmeasured], w: Callable[[str], str]) -> str:
    if not reasons:
        return f"<p>{w('none')}</p>"
    rows = "\n".join(
        f'<tr><td class="number">{reason.count}</td><td>{escape(reason.reason)}</td>'
        f"<td>{escape(', '.join(reason.examples))}</td></tr>"
        for reason in reasons
    )
    heads = f'<th class="number">{w("count")}</th><th>{w("reason")}</th><th>{w("examples")}</th>'
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
