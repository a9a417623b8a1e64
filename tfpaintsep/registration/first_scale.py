"""How large the photograph is beside the radiograph or the maps, before anything is looked at."""

import math
from typing import NamedTuple

from tfpaintsep.images import Resolution

CONTRADICTION = 1.4
"""Factor in length between what resolution tags and areas say from which tags are not believed."""


class FirstScale(NamedTuple):
    """Where the search for the scale begins.

    Attributes:
        value: Pixels of the photograph along one of the radiograph or the maps.
        is_tagged: Whether resolution tags say so.
        remark: What is wrong with the tags; empty where nothing is.
    """

    value: float
    is_tagged: bool
    remark: str = ""


def first_scale(
    fixed: tuple[int, ...],
    fixed_resolution: Resolution | None,
    photograph: tuple[int, ...],
    photograph_resolution: Resolution | None,
) -> FirstScale:
    """The scale by resolution tags; by areas, taken for the same, where these do not serve.

    Tags are often those that a camera writes by itself, 72 pixels an inch for instance: where they
    contradict the areas they are left aside.

    Args:
        fixed: Height and width of the radiograph or the maps, pixels.
        fixed_resolution: Their tags.
        photograph: Height and width of the photograph, pixels.
        photograph_resolution: Its tags.
    """
    by_area = math.sqrt(math.prod(photograph[:2]) / math.prod(fixed[:2]))
    sizes = [
        one.pixel_size_mm if one else None for one in (fixed_resolution, photograph_resolution)
    ]
    if not (sizes[0] and sizes[1]):
        return FirstScale(by_area, False)
    by_tags = math.sqrt(math.prod(sizes[0]) / math.prod(sizes[1]))
    if abs(math.log(by_tags / by_area)) <= math.log(CONTRADICTION):
        return FirstScale(by_tags, True)
    return FirstScale(
        by_area,
        False,
        f"by the files' resolution tags {by_tags:.3g} pixels of the photograph lie along one of "
        f"the radiograph or maps, by their areas {by_area:.3g}: the tags are not believed",
    )
