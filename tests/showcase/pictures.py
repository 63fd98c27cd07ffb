"""The showcase's pictures, as plain SVG: power of the chips over time, threads and phases beside
their truth, errors and cost by the rate of readings."""

import dataclasses
import html
import math

from truth import CHIPS, GPU_IDLE_WATTS, NAMES, PHASES, RANK_OF_CHIP, RANKS

WIDTH = 900
COLOURS = {"stencil": "#1b6ca8", "pack": "#8a6d1d", "exchange": "#7d4fa1", "offload": "#4a7c2f",
           "total": "#333333"}
BANDS = {"stencil": "#dbe9f4", "pack": "#f5e6b8", "exchange": "#e6dbef", "offload": "#dfecd8"}
TRUTH, DARK, TOLD, BROKEN = "#c9c9c9", "#9a9a9a", "#c8553d", "#d40000"


class Svg:
    def __init__(self, height, title):
        self.height = height
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
            'font-family="sans-serif" font-size="12">',
            f'<rect width="{WIDTH}" height="{height}" fill="white"/>']
        self.text(20, 26, title, size=16)

    def line(self, x1, y1, x2, y2, colour="#dddddd", width=1, more=""):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
                          f'stroke="{colour}" stroke-width="{width}"{more}/>')

    def rect(self, x, y, width, height, fill):
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" '
                          f'height="{max(height, 0):.1f}" fill="{fill}"/>')

    def path(self, points, colour, width):
        text = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.parts.append(f'<polyline points="{text}" fill="none" stroke="{colour}" '
                          f'stroke-width="{width}" stroke-linejoin="round"/>')

    def circle(self, x, y, radius, fill, stroke="none"):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{fill}" '
                          f'stroke="{stroke}"/>')

    def text(self, x, y, text, anchor="start", size=12, colour="#222222"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
                          f'font-size="{size}" fill="{colour}">{html.escape(text)}</text>')

    def __str__(self):
        return "\n".join([*self.parts, "</svg>", ""])


@dataclasses.dataclass
class Scale:
    """From values to places, linear or logarithmic."""

    low: float
    high: float
    begin: float
    end: float
    log: bool = False

    def __call__(self, value):
        value = min(max(value, self.low), self.high)
        if self.log:
            part = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            part = (value - self.low) / (self.high - self.low)
        return self.begin + part * (self.end - self.begin)


def round_steps(most, count=4):
    """0, step, 2 step ... up to `most` or a bit more."""
    rough = most / count
    size = 10 ** math.floor(math.log10(rough))
    step = next(factor * size for factor in (1, 2, 2.5, 5, 10) if factor * size >= rough)
    return [step * at for at in range(math.ceil(most / step - 1e-9) + 1)]


# Power over time

def told_steps(recording, name, unit_j):
    """(from, to, W) between a counter's successive readings."""
    readings = recording.readings[name]
    middles = [(lo + hi) / 2 for lo, hi in zip(readings.t_lo, readings.t_hi)]
    for at in range(1, len(middles)):
        units = readings.raw[at] - readings.raw[at - 1]
        if units >= 0:  # not where it wrapped
            yield middles[at - 1], middles[at], units * unit_j * 1e9 / (middles[at] - middles[at - 1])


def true_steps(truth, number, begin, end):
    """Of a GPU exactly; of a socket as means over 5 ms."""
    rank = truth.ranks[RANK_OF_CHIP[number]]
    if number >= RANKS:
        at = begin
        for kernel_begin, kernel_end, watts in rank.kernels:
            if kernel_end <= begin or kernel_begin >= end:
                continue
            yield at, kernel_begin, GPU_IDLE_WATTS
            yield kernel_begin, kernel_end, GPU_IDLE_WATTS + watts
            at = kernel_end
        yield at, end, GPU_IDLE_WATTS
        return
    chip, at = truth.chips[CHIPS[number]], begin
    while at < end:
        first, last, watts = chip.watts(at, at + 5_000_000)
        yield first, last, watts
        at = last + 1


def corners(steps, x, y):
    for begin, end, watts in steps:
        yield x(begin), y(watts)
        yield x(end), y(watts)


def chips(recording, length_ns=1_300_000_000):
    """Four panels, one a chip: a stretch in the middle of the run."""
    truth = recording.truth
    stays = truth.ranks[0].visits()
    middle = stays[len(stays) // 2][1]
    begin = next(start for phase, start, _ in stays if phase == 0 and start >= middle)
    end = begin + length_ns
    left, right, top, panel, gap = 130, 20, 76, 108, 22
    svg = Svg(top + 4 * (panel + gap) + 40, "Power of each chip, as recorded and as it was")
    legend(svg, 20, 52, [("as it was", DARK, 4), ("as recorded", TOLD, 1.6)])
    spot = 300
    svg.text(spot - 6, 52, "phase of the chip's rank:", size=12, anchor="start")
    spot += 150
    for name, colour in BANDS.items():
        svg.rect(spot, 41, 16, 14, colour)
        svg.text(spot + 22, 52, name)
        spot += 42 + 7 * len(name)
    x = Scale(begin, end, left, WIDTH - right)
    for number, name in enumerate(CHIPS):
        above = top + number * (panel + gap)
        steps = [step for step in told_steps(recording, name, 1e-6 if number < RANKS else 1e-3)
                 if step[1] > begin and step[0] < end]
        real = list(true_steps(truth, number, begin, end))
        marks = round_steps(max(watts for *_, watts in [*steps, *real]), 3)
        y = Scale(0, marks[-1], above + panel, above)
        for phase, start, stop in truth.ranks[RANK_OF_CHIP[number]].visits():
            if phase >= 0 and stop > begin and start < end:
                svg.rect(x(start), above, x(stop) - x(start), panel, BANDS[PHASES[phase]])
        for mark in marks:
            svg.line(left, y(mark), WIDTH - right, y(mark), "#ffffff" if mark else "#888888")
            svg.text(left - 8, y(mark) + 4, f"{mark:g} W", anchor="end")
        svg.path(corners(real, x, y), DARK, 4)
        svg.path(corners(steps, x, y), TOLD, 1.6)
        svg.text(14, above + panel / 2 - 4, NAMES[number], size=13)
        svg.text(14, above + panel / 2 + 14, f"rank {RANK_OF_CHIP[number]}", colour="#666666")
    below = top + 4 * (panel + gap) - gap
    for tenth in range(0, length_ns // 100_000_000 + 1):
        place = x(begin + tenth * 100_000_000)
        svg.line(place, below, place, below + 5, "#888888")
        if tenth % 2 == 0:
            svg.text(place, below + 19, f"{tenth / 10:g}", anchor="middle")
    svg.text((left + WIDTH - right) / 2, below + 38, "time in s, from a step in the middle of the run",
             anchor="middle")
    return str(svg)


def legend(svg, x, y, entries):
    for name, colour, width in entries:
        svg.line(x, y - 4, x + 26, y - 4, colour, width)
        svg.text(x + 32, y, name)
        x += 60 + 7 * len(name)


# Figures beside their truth

def bars(title, groups):
    """`groups`: [(heading, {name: Compared})]; each group has its own scale of joules."""
    left, right, row, head, foot = 120, 150, 30, 34, 34
    height = 70 + sum(head + row * len(figures) + foot for _, figures in groups)
    svg = Svg(height, title)
    svg.rect(20, 41, 26, 14, TRUTH)
    svg.text(52, 52, "truth")
    svg.circle(118, 48, 5, TOLD)
    svg.text(130, 52, "as reported")
    svg.line(220, 48, 250, 48, TOLD, 1.5)
    svg.line(220, 43, 220, 53, TOLD, 1.5)
    svg.line(250, 43, 250, 53, TOLD, 1.5)
    svg.text(258, 52, "its bounds")
    svg.text(WIDTH - 20, 52, "reported, error", anchor="end", colour="#666666")
    above = 70
    for heading, figures in groups:
        svg.text(20, above + 20, heading, size=13)
        above += head
        marks = round_steps(max(max(f.hi, f.most) for f in figures.values()), 5)
        x = Scale(0, marks[-1], left, WIDTH - right)
        below = above + row * len(figures)
        for mark in marks:
            svg.line(x(mark), above, x(mark), below, "#e4e4e4")
            svg.text(x(mark), below + 16, f"{mark:g} J", anchor="middle", colour="#666666")
        for number, (name, figure) in enumerate(figures.items()):
            middle = above + row * (number + 0.5)
            svg.rect(left, middle - 9, x(figure.truth) - left, 18, TRUTH)
            colour = TOLD if figure.holds else BROKEN
            svg.line(x(figure.lo), middle, x(figure.hi), middle, colour, 1.5)
            for end in (figure.lo, figure.hi):
                svg.line(x(end), middle - 5, x(end), middle + 5, colour, 1.5)
            svg.circle(x(figure.told), middle, 5, colour)
            svg.text(left - 8, middle + 4, name, anchor="end")
            svg.text(WIDTH - 20, middle + 4, f"{figure.told:.1f} J, {100 * figure.error:+.1f} %",
                     anchor="end")
        svg.line(left, above, left, below, "#888888")
        above = below + foot
    return str(svg)


# By the rate of readings

def rate_panel(svg, place, title, y_label, series, y_range):
    """`series`: {name: [(rate, value in %, bounds hold)]}."""
    left, top, width, height = place
    rates = sorted({rate for points in series.values() for rate, *_ in points})
    x = Scale(rates[0], rates[-1], left, left + width, log=True)
    y = Scale(*y_range, top + height, top, log=True)
    svg.text(left, top - 8, title, size=13)
    mark = y_range[0]
    while mark <= y_range[1] * 1.001:
        svg.line(left, y(mark), left + width, y(mark))
        svg.text(left - 6, y(mark) + 4, f"{mark:g} %", anchor="end", colour="#666666")
        mark *= 10
    for rate in rates:
        svg.line(x(rate), top, x(rate), top + height, "#eeeeee")
        svg.text(x(rate), top + height + 16, f"{rate:g}", anchor="middle", size=11,
                 colour="#666666")
    svg.text(left + width / 2, top + height + 34, "readings a second (Hz)", anchor="middle")
    svg.text(left, top - 26, y_label, colour="#666666")
    for name, points in series.items():
        svg.path([(x(rate), y(value)) for rate, value, _ in points], COLOURS[name], 1.8)
        for rate, value, holds in points:
            if holds:
                svg.circle(x(rate), y(value), 3.2, COLOURS[name])
            else:
                for turn in (-1, 1):
                    svg.line(x(rate) - 5, y(value) - 5 * turn, x(rate) + 5, y(value) + 5 * turn,
                             BROKEN, 2.5)


def colour_keys(svg, y, names):
    x = 20
    for name in names:
        svg.line(x, y - 4, x + 22, y - 4, COLOURS[name], 2)
        svg.circle(x + 11, y - 4, 3.2, COLOURS[name])
        svg.text(x + 28, y, name)
        x += 54 + 7 * len(name)
    svg.line(x, y - 9, x + 10, y + 1, BROKEN, 2.5)
    svg.line(x, y + 1, x + 10, y - 9, BROKEN, 2.5)
    svg.text(x + 16, y, "the bounds did not hold the truth")


def rates(sweeps):
    """`sweeps`: {title: {rate: {name: Compared}}}, two of them, side by side."""
    svg = Svg(740, "Error and bounds of the phases by the rate of readings")
    names = list(next(iter(next(iter(sweeps.values())).values())))
    colour_keys(svg, 52, names)
    for column, (title, by_rate) in enumerate(sweeps.items()):
        left = 70 + 440 * column
        for row, (label, value, y_range) in enumerate((
                ("error of the phase's energy (below 0.1 %: drawn there)",
                 lambda f: 100 * abs(f.error), (0.1, 1000)),
                ("half the distance of its bounds", lambda f: 100 * f.half_width, (0.1, 10000)))):
            series = {name: [(rate, value(figures[name]), figures[name].holds)
                             for rate, figures in sorted(by_rate.items())] for name in names}
            rate_panel(svg, (left, 120 + 330 * row, 370, 230), title, label, series, y_range)
    return str(svg)


def cost(shares):
    """`shares`: {title: {rate: share of a core}}, two of them."""
    svg = Svg(350, "What the recorder takes of one core, by the rate of readings")
    left, top, width, height = 70, 56, 640, 230
    points = [share for by_rate in shares.values() for share in by_rate.values()]
    every = sorted(next(iter(shares.values())))
    x = Scale(every[0], every[-1], left, left + width, log=True)
    marks = round_steps(100 * max(points), 5)
    y = Scale(0, marks[-1], top + height, top)
    for mark in marks:
        svg.line(left, y(mark), left + width, y(mark))
        svg.text(left - 6, y(mark) + 4, f"{mark:g} %", anchor="end", colour="#666666")
    for rate in every:
        svg.line(x(rate), top, x(rate), top + height, "#eeeeee")
        svg.text(x(rate), top + height + 16, f"{rate:g}", anchor="middle", colour="#666666")
    svg.text(left + width / 2, top + height + 36, "readings a second (Hz)", anchor="middle")
    for number, (title, by_rate) in enumerate(shares.items()):
        colour = (TOLD, COLOURS["stencil"])[number]
        line = [(x(rate), y(100 * share)) for rate, share in sorted(by_rate.items())]
        svg.path(line, colour, 1.8)
        for spot in line:
            svg.circle(*spot, 3.2, colour)
        svg.line(730, 76 + 24 * number, 752, 76 + 24 * number, colour, 2)
        svg.text(760, 80 + 24 * number, title)
    svg.line(left, y(0), left + width, y(0), "#888888")
    return str(svg)
