"""Charts, drawn on the server: SVG under 8 kB with the tokens of the page, no library (UI-CHT-01 to UI-CHT-05)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

LEFT, RIGHT, TOP, BOTTOM = 56, 8, 14, 24


@dataclass(frozen=True)
class Bar:
    """One bar. `value`: whole units above zero; `href`: the list behind it; `label` below, `title` in words."""

    label: str
    value: int
    title: str
    href: str = ""
    is_running: bool = False
    forecast: int = 0


def nice_step(highest: int, lines: int = 4) -> int:
    """The distance of the grid lines: 1, 2, 2.5 or 5 times a power of ten; the axis ends above the highest bar."""
    if highest <= lines:
        return 1
    power = int("1" + "0" * (len(str(highest // lines)) - 1))
    for factor in (10, 20, 25, 50, 100):
        step = factor * power // 10
        if step and step * lines >= highest:
            return step
    return 10 * power


def bars(items: Sequence[Bar], *, name: str, width: int = 560, height: int = 200, scale: int = 1) -> Markup:
    """Bars from zero. What is not over is hatched, its forecast dashed. `scale`: value of one unit of the axis."""
    highest = max((max(bar.value, bar.forecast) for bar in items), default=0)
    step = nice_step(-(-highest // scale)) * scale if highest else scale
    top = step * max(-(-highest // step), 1)
    floor = height - BOTTOM
    parts = [_hatch(), *_grid(top, step, scale, width, floor)]
    slot = (width - LEFT - RIGHT) / max(len(items), 1)
    for index, bar in enumerate(items):
        parts.append(_bar(bar, LEFT + slot * index, slot, top, floor))
    role = "group" if any(bar.href for bar in items) else "img"  # a picture cannot hold links
    label = escape(f"{name}: " + ", ".join(bar.title for bar in items))
    return Markup(
        '<svg class="chart chart--s" viewBox="0 0 {} {}" width="{}" height="{}" role="{}" aria-label="{}">{}</svg>'
    ).format(width, height, width, height, role, label, Markup("").join(parts))


def _hatch() -> Markup:
    return Markup(
        '<defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path class="hatch" d="M0 0v6"/></pattern></defs>'
    )


def _grid(top: int, step: int, scale: int, width: int, floor: float) -> list[Markup]:
    lines = []
    for value in range(0, top + 1, step):
        y = floor - (floor - TOP) * value / top
        kind = "axis" if value == 0 else "grid"
        lines.append(
            Markup('<path class="{}" d="M{} {:.1f}H{}"/><text x="{}" y="{:.1f}" text-anchor="end">{:,}</text>').format(
                kind, LEFT, y, width - RIGHT, LEFT - 8, y + 4, value // scale
            )
        )
    return lines


def _bar(bar: Bar, left: float, slot: float, top: int, floor: float) -> Markup:
    wide = min(slot * 0.55, 48)
    x = left + (slot - wide) / 2
    tall = (floor - TOP) * bar.value / top
    fill = Markup('fill="url(#hatch)"') if bar.is_running else Markup('class="c1"')
    drawn = Markup('<rect {} x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"><title>{}</title></rect>').format(
        fill, x, floor - tall - 0.5, wide, max(tall, 0), bar.title
    )
    if bar.is_running and bar.value:
        drawn += Markup('<path d="M{:.1f} {:.1f}h{:.1f}" stroke="var(--c1)" stroke-width="1.5"/>').format(
            x, floor - tall - 0.5, wide
        )
    if bar.forecast > bar.value:
        high = (floor - TOP) * bar.forecast / top
        drawn += Markup(
            '<rect x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" fill="none" stroke="var(--c1)" '
            'stroke-dasharray="4 3" stroke-width="1.5"/>'
        ).format(x, floor - high, wide, high - tall)
    if bar.href:
        drawn = Markup('<a href="{}" aria-label="{}">{}</a>').format(bar.href, bar.title, drawn)
    strong = Markup(' class="t-strong"') if bar.is_running else Markup("")
    return drawn + Markup('<text x="{:.1f}" y="{}" text-anchor="middle"{}>{}</text>').format(
        left + slot / 2, floor + 18, strong, bar.label
    )
