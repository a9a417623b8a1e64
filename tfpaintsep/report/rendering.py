"""From pictures and words to a page: what every report shares."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from cmcrameri import cm
from matplotlib.colors import Colormap, to_hex

from tfpaintsep.files import write_text
from tfpaintsep.report.embedding import embed
from tfpaintsep.report.panel import Panel, number

PAGE_WIDTH = 1180  # CSS pixels


@dataclass(frozen=True)
class Figure:
    """A panel as the templates want it."""

    panel: Panel
    source: str
    shown_at: str

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
        """Name of the scale's colours, a class of the style sheet."""
        return self.panel.colours.name


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
    height, width = panel.values.shape[:2]
    ratio = long_side / max(height, width)
    source = embed(
        panel,
        long_side=long_side,
        shown_width=PAGE_WIDTH // columns,
        pixel_size_mm=pixel_size_mm,
    )
    shown_at = f"Shown at {100 * ratio:.0f} % of {width} × {height} px." if ratio < 1 else ""
    return Figure(panel, source, shown_at)


def write_page(path: Path, template: str, **content: Any) -> None:
    """Fill a template of this folder and write the page, in one step.

    Args:
        path: The HTML file.
        template: Its name.
        content: What the template asks for, besides the colours of the scales.
    """
    ramps = {ramp.name: _css(ramp) for ramp in (cm.vik, cm.lajolla)}
    ramps["gray"] = "#000, #fff"
    write_text(path, _environment().get_template(template).render(ramps=ramps, **content))


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
