"""The measured maps in the record of a super-resolution: written once, read again later."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfpaintsep.images import ElementStack


def describe_maps(
    path: Path, maps: "ElementStack", scale: int, operator: str, names: Sequence[str] | None
) -> dict[str, Any]:
    """What a record says of measured maps.

    Args:
        path: The file, folder or group in a file.
        maps: What was read from it, in the file's order.
        scale: Fine pixels along a coarse one.
        operator: How a coarse pixel comes from the fine ones, "mean" or "decimate".
        names: The names that the user gave, None where they are the file's own.
    """
    from tfpaintsep.runs.provenance import describe_input

    return describe_input(
        path,
        size=list(maps.size),
        names=list(maps.names),
        names_from="the file" if names is None else "--names",
        scale=scale,
        operator=operator,
    )


def read_measured(facts: dict[str, Any], names: Sequence[str]) -> "ElementStack":
    """Read the maps again that a result was made from.

    Args:
        facts: As `describe_maps` made them.
        names: The order to have them in, the result's.

    Raises:
        InputError: If they are gone or changed.
    """
    from tfpaintsep.images import read_element_maps
    from tfpaintsep.runs.provenance import find_input

    given = facts["names"] if facts["names_from"] == "--names" else None
    maps = read_element_maps(find_input(facts), names=given, allow_constant=True)
    return maps.ordered(names)
