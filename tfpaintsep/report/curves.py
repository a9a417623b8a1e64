"""The course of a training: loss terms on a log scale, and beside them what else was learned."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

Array = NDArray[np.float64]

# Each readable on white and on near-black (contrast above 3), and apart without colour vision
# together with the line styles.
_COLOURS = ("#c8741a", "#2f86c1", "#3f9a62", "#b0559c", "#8a7d2c")
_LOSSES = {
    "loss": ("total", "-", 2.2),
    "loss/xray": ("radiograph", "-", 1.4),
    "loss/xrf": ("maps", "-", 1.4),
    "loss/rgb": ("photograph", "--", 1.4),
    "loss/exclusion": ("exclusion", ":", 1.8),
    "loss/augmented": ("augmented pair", "-.", 1.4),
    "loss/adversarial": ("adversarial", ":", 1.8),
    "loss/discriminator": ("discriminator", "-", 1.0),
}
_MISCLASSIFIED = {
    "misclassified/generator": ("generator", "-"),
    "misclassified/reconstructed": ("reconstructed", "--"),
    "misclassified/real": ("pseudo-real", ":"),
}
_GREEK = {"lambda": "λ", "tau": "τ", "gamma": "γ", "mu": "µ"}
_STYLES = {"lambda": "-", "tau": "--", "gamma": "-.", "mu": ":"}
_MOST_POINTS = 1500
_MOST_PLOTS = 4
_CYCLE = ("-", "--", ":", "-.")


def draw_curves(figure: Figure, history: Sequence[Mapping[str, float]], *, ink: str) -> None:
    """Draw the history into an empty figure.

    Args:
        figure: The figure, about 11 x 4 inches.
        history: The rows of `history.csv`; one row is enough.
        ink: Colour of text and axes.

    Raises:
        ValueError: If there is no row.
    """
    if not history:
        raise ValueError("history must have at least one row. Received: none")
    every = -(-len(history) // _MOST_POINTS)
    rows = [*history[:-1:every], history[-1]]
    names = list(dict.fromkeys(name for row in rows for name in row))
    steps = np.array([row.get("step", i) for i, row in enumerate(rows)], dtype=float)
    columns = {
        name: np.array([row.get(name, np.nan) for row in rows], dtype=float) for name in names
    }
    losses = [name for name in names if name == "loss" or name.startswith("loss/")]
    scalars = [name for name in names if name.startswith("scalars/")]
    shares = [name for name in names if name.startswith("misclassified/")]
    beside = [(_draw_scalars, scalars), (_draw_shares, shares)]
    beside = [(draw, found) for draw, found in beside if found]
    grid = figure.add_gridspec(
        *(1, 1 + len(beside)), left=0.065, right=0.90, bottom=0.125, top=0.9, wspace=0.42
    )

    axes = figure.add_subplot(grid[0])
    axes.set_yscale("log", nonpositive="mask")
    ends = []
    for i, name in enumerate(losses):
        label, style, width = _LOSSES.get(name, (name.removeprefix("loss/"), "-", 1.2))
        colour = ink if name == "loss" else _COLOURS[(i - 1) % len(_COLOURS)]
        positive = np.where(columns[name] > 0, columns[name], np.nan)
        _line(axes, steps, positive, colour, style, width)
        ends.append((_last(positive), label, colour))
    title = "Loss (15) and its terms" if "loss/xray" in losses else "Loss and its terms"
    _finish(axes, f"{title}, unweighted", ink, ends)
    _mark_second_stage(axes, steps, columns.get("loss/discriminator"), ink)

    for place, (draw, found) in enumerate(beside, start=1):
        axes = figure.add_subplot(grid[place])
        draw(axes, steps, {name: columns[name] for name in found}, ink)


def draw_overlaid(
    figure: Figure, histories: Mapping[str, Sequence[Mapping[str, float]]], *, ink: str
) -> None:
    """Draw the loss and its terms of several runs, each term in a plot of its own.

    Args:
        figure: The figure, about 11 x 7 inches.
        histories: By a run's short name, the rows of its `history.csv`; none is skipped.
        ink: Colour of text and axes.

    Raises:
        ValueError: If no run has a row.
    """
    known = {name: rows for name, rows in histories.items() if rows}
    if not known:
        raise ValueError("at least one run must have a history. Received: none")
    terms = [
        term for term in _LOSSES if any(term in row for rows in known.values() for row in rows)
    ][:_MOST_PLOTS]
    down = -(-len(terms) // 2)
    grid = figure.add_gridspec(
        *(down, 2), left=0.065, right=0.93, bottom=0.08, top=0.94, wspace=0.3, hspace=0.42
    )
    for i, term in enumerate(terms):
        axes = figure.add_subplot(grid[divmod(i, 2)])
        axes.set_yscale("log", nonpositive="mask")
        ends = []
        for j, (name, rows) in enumerate(known.items()):
            every = -(-len(rows) // _MOST_POINTS)
            rows = [*rows[:-1:every], rows[-1]]
            steps = np.array([row.get("step", k) for k, row in enumerate(rows)], dtype=float)
            values = np.array([row.get(term, np.nan) for row in rows], dtype=float)
            positive = np.where(values > 0, values, np.nan)
            colour = _COLOURS[j % len(_COLOURS)]
            style = _CYCLE[(j // len(_COLOURS)) % len(_CYCLE)]
            _line(axes, steps, positive, colour, style, 1.6)
            ends.append((_last(positive), name, colour))
        label = _LOSSES[term][0]
        title = "Loss, with its weights" if term == "loss" else f"Of this the {label}, unweighted"
        _finish(axes, title, ink, ends)


def _draw_scalars(axes: Axes, steps: Array, columns: Mapping[str, Array], ink: str) -> None:
    ends = []
    for name, values in columns.items():
        kind, label = _symbol(name.removeprefix("scalars/"))
        group = list(_GREEK).index(kind) if kind in _GREEK else 0
        colour = _COLOURS[group]
        _line(axes, steps, values, colour, _STYLES.get(kind, "-"), 1.4)
        ends.append((_last(values), label, colour))
    # Untied weights have a scalar per layer: then one label per group says enough.
    if len(ends) > 16:
        ends = list({label.split(",")[0]: end for end in ends for label in [end[1]]}.values())
        ends = [(value, label.split(",")[0], colour) for value, label, colour in ends]
    _finish(axes, "Learned scalars of (11)", ink, ends)


def _draw_shares(axes: Axes, steps: Array, columns: Mapping[str, Array], ink: str) -> None:
    ends = []
    for i, (name, values) in enumerate(columns.items()):
        label, style = _MISCLASSIFIED.get(name, (name.removeprefix("misclassified/"), "-"))
        colour = _COLOURS[i % len(_COLOURS)]
        _line(axes, steps, 100 * values, colour, style, 1.4)
        ends.append((_last(100 * values), label, colour))
    axes.set_ylim(-3, 103)
    axes.set_xlim(float(steps[0]), max(float(steps[-1]), float(steps[0]) + 1))
    _finish(axes, "Misclassified patches, %", ink, ends)


def _mark_second_stage(axes: Axes, steps: Array, adversary: Array | None, ink: str) -> None:
    """A line where the adversary enters, if it does so on the way."""
    if adversary is None:
        return
    present = np.flatnonzero(np.isfinite(adversary) & (adversary != 0))
    if len(present) and present[0] > 0:
        x = float(steps[present[0]])
        axes.axvline(x, color=ink, alpha=0.5, linewidth=0.8, linestyle=(0, (4, 3)))
        above = axes.get_xaxis_transform()
        side = "right" if x > 0.6 * float(steps[-1]) else "left"  # clear of the lines' names
        axes.text(x, 0.99, " adversary enters ", color=ink, size=8.5, transform=above, ha=side,
                  va="top")  # fmt: skip


def _line(axes: Axes, x: Array, y: Array, colour: str, style: str, width: float) -> None:
    alone = np.count_nonzero(np.isfinite(y)) == 1
    axes.plot(x, y, color=colour, linestyle=style, linewidth=width, marker="o" if alone else "")


def _symbol(name: str) -> tuple[str, str]:
    """The group of a scalar ("mu") and its label ("µ LH"; "µ LH, layer 3")."""
    parts = re.fullmatch(r"(lambda|tau|gamma|mu)(\d?)_?([LH]{2})?_?(\d+)?", name)
    if not parts:
        return "", name
    kind, index, band, layer = parts.groups()
    label = _GREEK[kind] + (index or "").translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
    label += f" {band}" if band else ""
    return kind, f"{label}, layer {layer}" if layer else label


def _last(values: Array) -> float:
    finite = values[np.isfinite(values)]
    return float(finite[-1]) if finite.size else float("nan")


def _finish(axes: Axes, title: str, ink: str, ends: list[tuple[float, str, str]]) -> None:
    axes.set_title(title, loc="left", size=11, weight="bold", color=ink, pad=10)
    axes.set_xlabel("training step", color=ink, size=10)
    axes.set_facecolor("none")
    axes.tick_params(which="both", color=ink, labelcolor=ink, labelsize=9)
    axes.margins(x=0.01)
    axes.grid(axis="y", color=ink, alpha=0.14, linewidth=0.6)
    for side, spine in axes.spines.items():
        spine.set(visible=side in ("left", "bottom"), color=ink, linewidth=0.8)
    # Each line carries its name at its end, moved apart as little as may be where ends meet.
    to_axes = axes.transData + axes.transAxes.inverted()
    known = [end for end in ends if np.isfinite(end[0])]
    known.sort(key=lambda end: end[0])
    if not known:
        return
    heights = np.array([to_axes.transform((axes.get_xlim()[0], end[0]))[1] for end in known])
    steps = 0.052 * np.arange(len(known))
    placed = isotonic_regression(heights - steps).x + steps
    for (_, label, colour), height, y in zip(known, heights, placed, strict=True):
        place: dict[str, Any] = {"transform": axes.transAxes, "color": colour}
        axes.plot([1.0, 1.03], [height, y], linewidth=0.6, clip_on=False, **place)
        axes.text(1.04, y, label, va="center", size=9, **place)
