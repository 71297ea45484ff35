"""A chart of horizontal bars as SVG text, on a logarithmic scale, so that 2 and 200 are both readable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from math import log

__all__ = ["svg"]

LABELS, PLOT, RIGHT = 320, 520, 60  # widths: names, bars, the last figure
TOP, STEP, BAR = 70, 24, 14  # heights: title and legend, one line, its bar
BAR_COLOUR, C_COLOUR, SLOWER_COLOUR = "#2f6f9f", "#d9822b", "#b03a48"

STYLE = "text{font:12px sans-serif;fill:#222}.title{font-size:15px;font-weight:bold}.end{text-anchor:end}"


def svg(title: str, bars: Sequence[tuple[str, float, float | None]]) -> str:
    """Draw a bar for each (name, ratio, ratio of the reference or None), from 1 to its ratio."""
    values = [value for _, ratio, reference in bars for value in (ratio, reference) if value is not None]
    ticks = _ticks(min(values, default=1), max(values, default=1))
    low, high = ticks[0], ticks[-1]

    def x(value: float) -> float:
        return LABELS + PLOT * log(value / low) / log(high / low)

    width, bottom = LABELS + PLOT + RIGHT, TOP + STEP * len(bars)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {bottom + 30}" role="img">',
        f"<title>{escape(title)}</title><style>{STYLE}</style>",
        f'<rect width="{width}" height="{bottom + 30}" fill="#fff"/>',
        f'<text class="title" x="10" y="22">{escape(title)}</text>',
        *_legend(),
    ]
    for tick in ticks:
        colour = "#666" if tick == 1 else "#ddd"
        parts.append(f'<line x1="{x(tick):.1f}" x2="{x(tick):.1f}" y1="{TOP - 6}" y2="{bottom}" stroke="{colour}"/>')
        parts.append(f'<text x="{x(tick):.1f}" y="{bottom + 18}" text-anchor="middle">{tick:g}</text>')
    for index, (name, ratio, reference) in enumerate(bars):
        parts += _bar(name, ratio, reference, TOP + STEP * index, x)
    return "\n".join([*parts, "</svg>", ""])


def _bar(name: str, ratio: float, reference: float | None, y: int, x: Callable[[float], float]) -> list[str]:
    left, right = sorted((x(1), x(ratio)))
    colour = BAR_COLOUR if ratio >= 1 else SLOWER_COLOUR
    text = y + BAR - 2
    parts = [
        f'<text class="end" x="{LABELS - 10}" y="{text}">{escape(name)}</text>',
        f'<rect x="{left:.1f}" y="{y}" width="{right - left:.1f}" height="{BAR}" fill="{colour}"/>',
    ]
    if reference is not None:
        mark = x(reference)
        parts.append(
            f'<rect x="{mark - 2:.1f}" y="{y - 3}" width="4" height="{BAR + 6}" fill="{C_COLOUR}">'
            f"<title>C or loop: {reference:.1f}</title></rect>"
        )
        if right - 8 < mark < right + 40:  # the figure would overlap the mark
            right = mark + 2
    parts.append(f'<text x="{right + 5:.1f}" y="{text}">{ratio:.1f}</text>')
    return parts


def _legend() -> list[str]:
    return [
        f'<rect x="{LABELS}" y="36" width="24" height="{BAR}" fill="{BAR_COLOUR}"/>',
        f'<text x="{LABELS + 30}" y="48">zmq</text>',
        f'<rect x="{LABELS + 80}" y="33" width="4" height="{BAR + 6}" fill="{C_COLOUR}"/>',
        f'<text x="{LABELS + 92}" y="48">plain C, or the loop</text>',
        f'<text x="{LABELS + 210}" y="48">1 is pyzmq; further right is faster; logarithmic</text>',
    ]


def _ticks(least: float, most: float) -> list[float]:
    """Return 1, 2, 5, 10, ... (and 0.5, 0.2, ...) so that *least*, *most* and 1 lie within."""
    ticks = [digit * 10.0**exponent for exponent in range(-3, 6) for digit in (1, 2, 5)]
    low = max((tick for tick in ticks if tick <= min(least, 1)), default=ticks[0])
    high = min((tick for tick in ticks if tick >= max(most, 2)), default=ticks[-1])
    return [tick for tick in ticks if low <= tick <= high]
