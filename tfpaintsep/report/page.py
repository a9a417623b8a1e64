"""The report of a separation: one HTML file that needs nothing beside it, nor a network."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tfpaintsep.report.figures import Scores, loss_curves_svg
from tfpaintsep.report.pictures import Pictures, common_scale_panels, panels
from tfpaintsep.report.record import Record
from tfpaintsep.report.rendering import Figure, show, write_page
from tfpaintsep.report.scores import Table

_LARGE, _SMALL = 1600, 900  # long sides in pixels
_MAIN = ("photograph", "radiograph", "surface", "concealed")
_KNOWN = ("true-surface", "true-concealed", "error-surface", "error-concealed")
# Which picture to put in place of an enlarged one, and what it is.
_PARTNERS = {key: (f"true-{key}", "known layer") for key in ("surface", "concealed")} | {
    f"true-{key}": (key, "computed layer") for key in ("surface", "concealed")
}


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
    pixel_size = pictures.pixel_size_mm

    def grid(keys: Sequence[str]) -> list[Figure]:
        return [
            show(all_panels[key], long_side=_LARGE, columns=columns, pixel_size_mm=pixel_size)
            for key in keys
            if key in all_panels
        ]

    common = [
        show(panel, long_side=_SMALL, columns=4, pixel_size_mm=pixel_size)
        for panel in common_scale_panels(pictures)
    ]
    residual = show(all_panels["residual"], long_side=_LARGE, columns=4, pixel_size_mm=pixel_size)
    write_page(
        Path(path),
        "report.html.j2",
        job="Separation of a mixed X-radiograph",
        title=title,
        pictures=pictures,
        columns=columns,
        figures=grid(_MAIN),
        sum=[*common, residual],
        known=grid(_KNOWN),
        partners=_PARTNERS if pictures.has_truth else {},
        residual_share=f"{100 * pictures.residual_share:.2g} %",
        curves=Markup(loss_curves_svg(history)) if history else None,
        last=history[-1] if history else {},
        table=Table.of(scores) if scores else None,
        record=Record.of(provenance),
        findings=findings,
        notes=notes,
    )
