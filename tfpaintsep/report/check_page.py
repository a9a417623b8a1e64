"""The page of `tfpaintsep check`: what was found on files, beside their pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tfpaintsep.report.panel import Array, Panel, number, value_range
from tfpaintsep.report.rendering import Figure, show, write_page

_LONG_SIDE = {"photograph": 1000, "radiograph": 1000, "element maps": 480}
_SEVERITIES = ("refused", "warning", "note")


@dataclass(frozen=True, eq=False)
class CheckedPicture:
    """A file as the page shows it.

    Attributes:
        file: Its name.
        role: "radiograph", "photograph" or "element maps".
        facts: Size, type and the like, in words.
        values: (h, w), (h, w, 3) or (h, w, B); None where it could not be read.
        names: Of the maps.
        pixel_size_mm: Width of a pixel; None when unknown.
    """

    file: str
    role: str
    facts: str
    values: Array | None
    names: tuple[str, ...] = ()
    pixel_size_mm: float | None = None


def write_check_page(
    path: Path,
    *,
    title: str,
    verdict: str,
    usable: bool,
    pictures: Sequence[CheckedPicture],
    findings: Sequence[Mapping[str, Any]],
) -> None:
    """Write the page, in one step.

    Args:
        path: The HTML file.
        title: What the files are called together.
        verdict: The whole in one sentence.
        usable: Whether nothing was refused.
        pictures: The files.
        findings: Each with "severity", "files", "found", "why" and "advice", the gravest first.
    """
    whole = [picture for picture in pictures if picture.role != "element maps"]
    stacks = [picture for picture in pictures if picture.role == "element maps"]
    write_page(
        path,
        "check.html.j2",
        job="Check of files before computing",
        title=title,
        columns=3,
        verdict=verdict,
        usable=usable,
        counts=[
            (severity, sum(one["severity"] == severity for one in findings))
            for severity in _SEVERITIES
        ],
        troubles=[_named(one) for one in findings if one["severity"] != "good"],
        good=[_named(one) for one in findings if one["severity"] == "good"],
        images=[figure for i, picture in enumerate(whole) for figure in _figures(picture, i)],
        stacks=[(picture, _figures(picture, len(whole) + i)) for i, picture in enumerate(stacks)],
        unread=[picture for picture in whole if picture.values is None],
    )


def _named(finding: Mapping[str, Any]) -> dict[str, Any]:
    """A finding in sentences that begin with a capital."""
    return {
        "severity": finding["severity"],
        "files": finding["files"],
        "found": _sentence(finding["found"]),
        "why": _sentence(finding["why"]),
        "advice": finding["advice"],
    }


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _figures(picture: CheckedPicture, position: int) -> list[Figure]:
    if picture.values is None:
        return []
    if picture.role == "element maps":
        panels = [
            _panel(picture, picture.values[..., i], name, f"file-{position}-{i}")
            for i, name in enumerate(picture.names)
        ]
    else:
        panels = [_panel(picture, picture.values, picture.file, f"file-{position}")]
    return [
        show(
            panel,
            long_side=_LONG_SIDE[picture.role],
            columns=4 if picture.role == "element maps" else 3,
            pixel_size_mm=picture.pixel_size_mm,
        )
        for panel in panels
    ]


def _panel(picture: CheckedPicture, values: Array, title: str, key: str) -> Panel:
    is_map = picture.role == "element maps"
    if values.ndim == 3:
        low, high, caption = 0.0, 1.0, ""
    else:
        low, high = value_range(values)
        least, most = float(np.min(values)), float(np.max(values))
        caption = f"Values from {number(least)} to {number(most)}."
    return Panel(
        *(key, title, "input", values, low, high, False),
        caption if is_map else f"{picture.facts[:1].upper()}{picture.facts[1:]}. {caption}".strip(),
        f"{title}, as the file {picture.file} holds it",
        "map" if is_map else "layer",
    )
