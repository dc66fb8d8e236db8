"""The rates as a chart: a bar for each contestant, from the slowest to the fastest run a thin line across its end."""

from xml.sax.saxutils import escape

_WIDTH, _LEFT, _RIGHT, _ROW, _BAR, _TOP = 900, 210, 90, 24, 15, 88
_COLOURS = {"copy": "#9aa5b1", "read": "#9aa5b1", "sluice": "#1f6feb", "jdbc": "#d97706", "spark": "#b45309"}
_OTHER = "#6b7280"


def draw(outcome):
    """The text of an SVG file."""
    bars = [(name, figures["events_per_s"]) for name, figures in outcome.figures.items() if "events_per_s" in figures]
    height = _TOP + _ROW * len(bars) + 20
    most = max((figure.high for _, figure in bars), default=1.0)

    def across(rate):
        return _LEFT + rate / most * (_WIDTH - _LEFT - _RIGHT)

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
             'font-family="sans-serif" font-size="13" fill="#1f2933">',
             f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
             '<text x="12" y="24" font-size="16" font-weight="bold">Events a second into Postgres</text>',
             *(f'<text x="12" y="{44 + 18 * number}" fill="#52606d">{escape(text)}</text>' for number, text in enumerate(_small_print(outcome)))]
    for name in ("copy/1", "copy/2"):
        rate = outcome.figure(name, "rows_per_s")
        if rate:
            at = across(rate.median)
            parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP - 8}" y2="{height - 16}" stroke="#9aa5b1" stroke-dasharray="3 4"/>')
    for number, (name, figure) in enumerate(bars):
        top = _TOP + number * _ROW
        middle = top + _BAR / 2
        colour = _COLOURS.get(name.split("/")[0], _OTHER)
        parts += [f'<text x="{_LEFT - 10}" y="{middle + 4.5:.1f}" text-anchor="end">{escape(name)}</text>',
                  f'<rect x="{_LEFT}" y="{top}" width="{across(figure.median) - _LEFT:.1f}" height="{_BAR}" fill="{colour}"/>',
                  f'<line x1="{across(figure.low):.1f}" x2="{across(figure.high):.1f}" y1="{middle}" y2="{middle}" stroke="#1f2933"/>',
                  f'<text x="{across(figure.high) + 8:.1f}" y="{middle + 4.5:.1f}">{figure.median:,.0f}</text>']
    return "\n".join([*parts, "</svg>"]) + "\n"


def _small_print(outcome):
    about = outcome.about
    yield (f"{about.get('events', 0):,} events, medians of {about.get('repeat')} runs by turns, {about.get('cores')} cores for broker, "
           "Postgres and sink together")
    yield "dashed: raw COPY of the same rows over 1 and 2 connections; across each bar's end: slowest to fastest run"
