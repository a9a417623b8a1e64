"""The report of a separation: one HTML file that needs nothing beside it, nor a network."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tfpaintsep.report.figures import Scores, loss_curves_svg
from tfpaintsep.report.panel import Panel
from tfpaintsep.report.pictures import Pictures, common_scale_panels, disagreement_panels, panels
from tfpaintsep.report.record import Record
from tfpaintsep.report.rendering import Figure, show_all, write_page
from tfpaintsep.report.scores import Table

_LARGE, _MIDDLE, _SMALL = 4000, 2000, 900  # longest sides in pixels
# What the pictures may take, together with words and curves less than 15 MB.
_MAIN_BYTES, _KNOWN_BYTES, _OTHER_BYTES = 7.5e6, 2.5e6, 1.2e6
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
        pictures: What is to be seen; large pictures are reduced until the page
            stays below 15 MB.
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

    def show_grid(
        found: Sequence[Panel], longest: int, most_bytes: float, columns: int = columns
    ) -> list[Figure]:
        return show_all(
            found,
            longest=longest,
            most_bytes=most_bytes,
            columns=columns,
            pixel_size_mm=pixel_size,
        )

    main = show_grid([all_panels[key] for key in _MAIN], _LARGE, _MAIN_BYTES)
    known = [all_panels[key] for key in _KNOWN if key in all_panels]
    disagreement = disagreement_panels(pictures)
    write_page(
        Path(path),
        "report.html.j2",
        viewer=True,
        job="Separation of a mixed X-radiograph",
        title=title,
        pictures=pictures,
        columns=columns,
        figures=main,
        sum=[
            *show_grid(common_scale_panels(pictures), _SMALL, _OTHER_BYTES, 4),
            *show_grid([all_panels["residual"]], _MIDDLE, _OTHER_BYTES, 4),
        ],
        known=show_grid(known, _MIDDLE, _KNOWN_BYTES),
        disagreement=show_grid(disagreement, _MIDDLE, _OTHER_BYTES, max(2, len(disagreement))),
        partners=_PARTNERS if pictures.has_truth else {},
        residual_share=f"{100 * pictures.residual_share:.2g} %",
        curves=Markup(loss_curves_svg(history)) if history else None,
        last=history[-1] if history else {},
        table=Table.of(scores) if scores else None,
        record=Record.of(provenance),
        findings=findings,
        notes=notes,
    )
