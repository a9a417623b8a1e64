"""The report of a separation: one HTML file that needs nothing beside it, nor a network."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2
from cmcrameri import cm
from markupsafe import Markup
from matplotlib.colors import to_hex

from tfpaintsep.report.embedding import embed
from tfpaintsep.report.figures import Scores, loss_curves_svg
from tfpaintsep.report.pictures import Panel, Pictures, common_scale_panels, number, panels
from tfpaintsep.report.record import Record
from tfpaintsep.report.scores import Table

_LARGE, _SMALL = 1600, 900  # long sides in pixels
_PAGE_WIDTH = 1180  # CSS pixels
_MAIN = ("photograph", "radiograph", "surface", "concealed")
_KNOWN = ("true-surface", "true-concealed", "error-surface", "error-concealed")
_VIK = ", ".join(to_hex(cm.vik(i / 16)) for i in range(17))


@dataclass(frozen=True)
class _Figure:
    """A panel as the template wants it."""

    panel: Panel
    source: str
    shown_at: str

    @property
    def low(self) -> str:
        return number(self.panel.low)

    @property
    def high(self) -> str:
        return ("+" if self.panel.diverging else "") + number(self.panel.high)


def write_report(
    path: Path | str,
    *,
    title: str,
    pictures: Pictures,
    history: Sequence[Mapping[str, float]],
    scores: Scores | None,
    provenance: Mapping[str, Any],
    findings: Sequence[str],
    notes: Sequence[str],
) -> None:
    """Write the report page, in one step.

    Args:
        path: The HTML file.
        title: What the painting or the run is called.
        pictures: What is to be seen; pictures longer than 1600 pixels are shown smaller.
        history: The rows of `history.csv`; empty where a model was only applied.
        scores: By "surface", "concealed" and "mean", then by metric ("mse", "skill", "sdr",
            "sdri", "sir", "siri", "sar"); None when no layer is known.
        provenance: What made the result, as `provenance.json` holds it.
        findings: Remarks on the inputs.
        notes: Further remarks for the reader.
    """
    all_panels = {panel.key: panel for panel in panels(pictures)}
    columns = 4 if pictures.size[1] < 0.8 * pictures.size[0] else 2

    def grid(keys: Sequence[str]) -> list[_Figure]:
        return [
            _figure(all_panels[key], pictures, _LARGE, columns) for key in keys if key in all_panels
        ]

    common = [_figure(panel, pictures, _SMALL, 4) for panel in common_scale_panels(pictures)]
    residual = _figure(all_panels["residual"], pictures, _LARGE, 4)
    page = _environment().get_template("report.html.j2")
    text = page.render(
        title=title,
        pictures=pictures,
        columns=columns,
        figures=grid(_MAIN),
        sum=[*common, residual],
        known=grid(_KNOWN),
        residual_share=f"{100 * pictures.residual_share:.2g} %",
        curves=Markup(loss_curves_svg(history)) if history else None,
        last=history[-1] if history else {},
        table=Table.of(scores) if scores else None,
        record=Record.of(provenance),
        findings=findings,
        notes=notes,
        vik=_VIK,
    )
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _figure(panel: Panel, pictures: Pictures, long_side: int, columns: int) -> _Figure:
    height, width = pictures.size
    ratio = long_side / max(height, width)
    source = embed(
        panel,
        long_side=long_side,
        shown_width=_PAGE_WIDTH // columns,
        pixel_size_mm=pictures.pixel_size_mm,
    )
    shown_at = f"Shown at {100 * ratio:.0f} % of {width} × {height} px." if ratio < 1 else ""
    return _Figure(panel, source, shown_at)


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
