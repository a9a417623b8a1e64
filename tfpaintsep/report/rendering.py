"""From pictures and words to a page: what every report shares."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from cmcrameri import cm
from markupsafe import Markup
from matplotlib.colors import Colormap, to_hex

from tfpaintsep.files import write_text
from tfpaintsep.report.embedding import Embedded, embed
from tfpaintsep.report.panel import Panel, number
from tfpaintsep.report.viewer_script import viewer_script

PAGE_WIDTH = 1180  # CSS pixels
_SAMPLE = 600  # long side in pixels of the pictures that tell how large the full ones will be
_STEPS = 4  # one to grow, and some to shrink where noise takes more than the sample said


@dataclass(frozen=True)
class Figure:
    """A panel as the templates want it."""

    panel: Panel
    embedded: Embedded

    @property
    def source(self) -> str:
        """The picture as a data URI."""
        return self.embedded.source

    @property
    def shown_at(self) -> str:
        """Says by how much a picture was reduced; empty where it was not."""
        height, width = self.panel.values.shape[:2]
        ratio = self.embedded.width / width
        return f"Shown at {100 * ratio:.0f} % of {width} × {height} px." if ratio < 1 else ""

    @property
    def low(self) -> str:
        """Value at the lower end of the scale."""
        return number(self.panel.low)

    @property
    def high(self) -> str:
        """Value at the upper end of the scale."""
        return ("+" if self.panel.diverging else "") + number(self.panel.high)

    @property
    def colours(self) -> str:
        """Name of the scale's colours, a class of the style sheet; empty for a photograph."""
        return self.panel.colours.name if self.panel.has_scale else ""


def show(
    panel: Panel, *, long_side: int, columns: int, pixel_size_mm: float | None = None
) -> Figure:
    """Prepare a picture for a page.

    Args:
        panel: The picture.
        long_side: Longest side in pixels; a larger picture is averaged down.
        columns: Pictures side by side on the page.
        pixel_size_mm: Width of a pixel of the original; None draws no scale bar.
    """
    embedded = embed(
        panel,
        long_side=long_side,
        shown_width=PAGE_WIDTH // columns,
        pixel_size_mm=pixel_size_mm,
    )
    return Figure(panel, embedded)


def show_all(
    panels: Sequence[Panel],
    *,
    longest: int,
    most_bytes: float,
    columns: int,
    pixel_size_mm: float | None = None,
) -> list[Figure]:
    """Prepare pictures of one size as large as a page can carry them.

    Args:
        panels: The pictures.
        longest: Longest side in pixels, however much could be carried.
        most_bytes: What they may take on the page together.
        columns: Pictures side by side on the page.
        pixel_size_mm: Width of a pixel of the original; None draws no scale bar.
    """

    def at(long_side: int) -> list[Figure]:
        return [
            show(panel, long_side=long_side, columns=columns, pixel_size_mm=pixel_size_mm)
            for panel in panels
        ]

    if not panels:
        return []
    long_side = min(_SAMPLE, longest)
    figures = at(long_side)
    for step in range(_STEPS):
        share = most_bytes / sum(len(figure.source) for figure in figures)
        if share >= 1 and (step > 0 or long_side == longest):
            break
        shown = max(figures[0].embedded.width, figures[0].embedded.height)
        long_side = min(longest, max(1, int(shown * np.sqrt(0.95 * share))))
        figures = at(long_side)
    return figures


def write_page(path: Path, template: str, *, viewer: bool = False, **content: Any) -> None:
    """Fill a template of this folder and write the page, in one step.

    Args:
        path: The HTML file.
        template: Its name.
        viewer: Whether the page carries the script of the viewer; without it, it carries none.
        content: What the template asks for, besides the colours of the scales.
    """
    ramps = {ramp.name: _css(ramp) for ramp in (cm.vik, cm.lajolla)}
    ramps["gray"] = "#000, #fff"
    script = viewer_script() if viewer else None
    page = _environment().get_template(template)
    write_text(
        path,
        page.render(
            ramps=ramps,
            script=Markup(script.text) if script else None,
            script_hash=Markup(script.hash) if script else None,
            **content,
        ),
    )


def _css(ramp: Colormap) -> str:
    return ", ".join(to_hex(ramp(i / 16)) for i in range(17))


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
