"""The report of a super-resolution: one HTML file that needs nothing beside it."""

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from markupsafe import Markup

from tfpaintsep.report.element_pictures import ElementPictures, element_panels, photograph_panel
from tfpaintsep.report.element_scores import ElementTable, StackRows
from tfpaintsep.report.figures import loss_curves_svg
from tfpaintsep.report.record import Record
from tfpaintsep.report.rendering import show_all, write_page

_LONGEST = 4000  # of a picture, pixels
# What the pictures may take, together with words and curves less than 15 MB.
_PHOTOGRAPH_BYTES, _MAPS_BYTES = 2.5e6, 11e6
_EXACT = 1e-5  # in units of a map's range: what float32 leaves of an exact agreement


def write_element_report(
    path: Path | str,
    *,
    title: str,
    pictures: ElementPictures,
    history: Sequence[Mapping[str, float]],
    scores: StackRows | None,
    consistency: Mapping[str, float],
    provenance: Mapping[str, Any],
    findings: Sequence[str],
    notes: Sequence[str],
    baseline: StackRows | None = None,
    largest_by_element: Mapping[str, float] | None = None,
) -> None:
    """Write the report page, in one step.

    Args:
        path: The HTML file.
        title: What the painting or the run is called.
        pictures: What is to be seen; large pictures are shown smaller.
        history: The rows of `history.csv`; empty where a model was only applied.
        scores: As `StackScores.as_rows` gives them; None when no fine map is known.
        consistency: "rms" and "largest" disagreement of the maps, brought down again, with the
            measured ones, in units of each measured map's range.
        provenance: What made the result, as `provenance.json` holds it; its "trust" says for
            each map how far the photograph was relied on, in [0, 1].
        findings: Remarks on the inputs.
        notes: Further remarks for the reader.
        baseline: Scores of bicubic interpolation and projection, to show beside; None shows none.
        largest_by_element: Each map's own largest disagreement with the measured one, brought
            down again, in units of its range; None says nothing of single maps.
    """
    known = pictures.truth is not None
    tall = pictures.size[1] < 0.8 * pictures.size[0]
    columns = 5 if known and tall else 3
    panels = [element_panels(pictures, i) for i in range(len(pictures.names))]
    pixel_size = pictures.pixel_size_mm
    (photograph,) = show_all(
        [photograph_panel(pictures)],
        longest=_LONGEST,
        most_bytes=_PHOTOGRAPH_BYTES,
        columns=columns,
        pixel_size_mm=pixel_size,
    )
    figures = iter(
        show_all(
            [panel for row in panels for panel in row],
            longest=_LONGEST,
            most_bytes=_MAPS_BYTES,
            columns=columns,
            pixel_size_mm=pixel_size,
        )
    )
    elements = [
        (
            name,
            list(islice(figures, len(row))),
            _own_agreement(largest_by_element or {}, name, pictures.denoised.get(name)),
        )
        for name, row in zip(pictures.names, panels, strict=True)
    ]
    write_page(
        Path(path),
        "element_report.html.j2",
        viewer=True,
        job="Super-resolution of MA-XRF maps",
        title=title,
        pictures=pictures,
        columns=columns,
        photograph=photograph,
        elements=elements,
        partners=_partners(len(panels), known),
        agreement=_agreement(consistency, denoised=bool(pictures.denoised)),
        curves=Markup(loss_curves_svg(history)) if history else None,
        last=history[-1] if history else {},
        trust=provenance.get("trust", {}),
        table=ElementTable.of(scores, baseline) if scores else None,
        record=Record.of(provenance),
        findings=findings,
        notes=notes,
    )


def _partners(count: int, known: bool) -> dict[str, tuple[str, str]]:
    """Which picture to put in place of an enlarged one, and what it is."""
    found = {}
    for i in range(count):
        found[f"measured-{i}"] = (f"computed-{i}", "computed map")
        found[f"computed-{i}"] = (f"measured-{i}", "measured map")
        if known:
            found[f"known-{i}"] = (f"computed-{i}", "computed map")
    return found


def _agreement(consistency: Mapping[str, float], *, denoised: bool) -> str:
    rms, largest = consistency["rms"], consistency["largest"]
    if denoised:
        return (
            "the computed maps are the measured ones but for the counting noise that was taken "
            f"out of these first: {100 * rms:.2g} % of a map's range in root mean square, and "
            f"{100 * largest:.2g} % at most"
        )
    if largest < _EXACT:
        return (
            "the computed maps are the measured ones, to the precision of the numbers (the "
            f"largest difference anywhere is {_scientific(largest)} of its map's range)"
        )
    return (
        f"the computed maps differ from the measured ones by {100 * rms:.2g} % of a map's range "
        f"in root mean square, and by {100 * largest:.2g} % at most"
    )


def _own_agreement(largest: Mapping[str, float], name: str, noise: float | None) -> str:
    """One map's consistency in a sentence; empty where it is not known."""
    if name not in largest:
        return ""
    much = largest[name]
    if noise is not None:
        return (
            "Consistency: brought down again, this map is the measured one but for counting "
            f"noise: {noise:.2g} of the noise's deviation was taken out, in root mean square, and "
            f"at most {100 * much:.2g} % of the map's range."
        )
    if much < _EXACT:
        return (
            "Consistency: brought down again, this map is the measured one (largest difference "
            f"{_scientific(much)} of its range)."
        )
    return (
        "Consistency: brought down again, this map differs from the measured one by up to "
        f"{100 * much:.2g} % of its range."
    )


def _scientific(value: float) -> str:
    if value == 0:
        return "0"
    digits, _, power = f"{value:.1e}".partition("e")
    exponent = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits} × 10{exponent}"
