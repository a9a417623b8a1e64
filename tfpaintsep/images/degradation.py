"""Coarse maps made from fine ones, as a wider beam and step would have measured them."""

from dataclasses import replace

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images.blocks import block_means
from tfpaintsep.images.element_stack import ElementStack


def degrade(stack: ElementStack, scale: int) -> tuple[ElementStack, ElementStack]:
    """Average blocks of scale x scale pixels.

    Args:
        stack: The fine maps.
        scale: Side of a block, at least 2.

    Returns:
        The coarse maps, (h // scale, w // scale, B), and the fine maps cropped at the bottom and
        on the right to a multiple of the scale, which a note says. Both keep names and units; the
        pixels of the coarse ones are scale times as large.

    Raises:
        InputError: The scale is below 2 or the maps are smaller than two blocks.
    """
    height, width = (side // scale for side in stack.size) if scale >= 2 else (0, 0)
    if min(height, width) < 2:
        raise InputError(
            "--scale",
            expected=f"a scale from 2 to {min(stack.size) // 2} for maps of "
            f"{stack.size[0]} x {stack.size[1]} px",
            found=str(scale),
            advice="Give a whole number in that range.",
        )
    fine = stack.values[: height * scale, : width * scale]
    notes = stack.notes
    if fine.shape != stack.values.shape:
        notes += (
            f"cropped from {stack.size[0]} x {stack.size[1]} to {fine.shape[0]} x "
            f"{fine.shape[1]} px (height x width), a multiple of {scale}",
        )
    coarse = block_means(fine, scale)
    resolution = stack.resolution
    if resolution is not None:
        resolution = replace(resolution, x=resolution.x / scale, y=resolution.y / scale)
    truth = replace(stack, values=np.ascontiguousarray(fine), notes=notes)
    return replace(truth, values=coarse, resolution=resolution), truth
