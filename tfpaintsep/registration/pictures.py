"""Before and after: a chequerboard of both pictures, and the edges of one over the other."""

from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_gradient_magnitude
from skimage.transform import resize

from tfpaintsep.images.blocks import block_means
from tfpaintsep.report.drawing import new_figure, save

LONGEST = 900
"""Pixels of each of the four pictures."""
SQUARES = 8
"""Of the chequerboard, along the longer side."""
_STRONGEST = 92


def draw_before_and_after(
    path: Path, fixed: np.ndarray, photograph: np.ndarray, registered: np.ndarray
) -> None:
    """Write the sheet that shows whether a registration is right.

    Left the photograph as it was, merely brought to the size, right the registered one. Above in
    squares by turns with the radiograph: contours must run on across their borders. Below the
    radiograph's strongest edges over the photograph.

    Args:
        path: A `.png` file.
        fixed: (h, w) radiograph, or a map, on the result's grid or a coarser one.
        photograph: (H, W, 3) in [0, 1], as given.
        registered: (h', w', 3) in [0, 1].
    """
    step = -(-max(registered.shape[:2]) // LONGEST)
    after = block_means(registered, step)
    size = after.shape[:2]
    before = _fitted(photograph, size)
    grey = _stretched(_fitted(fixed[..., None], size)[..., 0])
    figure = new_figure(11.0, 11.0 * size[0] / size[1] + 0.7)
    axes = figure.subplots(2, 2)
    titles = ("Before: the photograph merely resized", "After: registered")
    for column, (title, rgb) in enumerate(zip(titles, (before, after), strict=True)):
        axes[0, column].imshow(chequerboard(grey, rgb), interpolation="antialiased")
        axes[0, column].set_title(f"{title}\nin squares by turns with the other picture", size=10)
        axes[1, column].imshow(edges_over(grey, rgb), interpolation="antialiased")
        axes[1, column].set_title("the other picture's strongest edges over it", size=10)
    for one in axes.ravel():
        one.set_axis_off()
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=0.94, wspace=0.02, hspace=0.09)
    save(figure, path, format="png", dpi=140)


def chequerboard(grey: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """Squares of a grey picture (h, w) by turns with those of a colour picture (h, w, 3)."""
    side = -(-max(grey.shape) // SQUARES)
    rows, columns = np.ogrid[: grey.shape[0], : grey.shape[1]]
    is_grey = (rows // side + columns // side) % 2 == 0
    return np.where(is_grey[..., None], grey[..., None], rgb)


def edges_over(grey: np.ndarray, rgb: np.ndarray) -> np.ndarray:
    """The strongest edges of a grey picture, in magenta over a pale colour picture."""
    strength = gaussian_gradient_magnitude(grey, 1.5)
    limit = np.percentile(strength, _STRONGEST)
    cover = np.clip((strength / max(float(limit), 1e-9) - 0.9) / 0.2, 0, 1)[..., None]
    pale = 0.35 + 0.65 * rgb
    return np.asarray(pale * (1 - cover) + np.array([0.85, 0.0, 0.55]) * cover)


def _fitted(picture: np.ndarray, size: tuple[int, ...]) -> np.ndarray:
    """A picture stretched to a size, averaged where it was larger."""
    step = max(1, min(a // b for a, b in zip(picture.shape[:2], size, strict=True)))
    small = block_means(picture, step)
    return np.asarray(resize(small, size, order=1, mode="edge", anti_aliasing=False))


def _stretched(grey: np.ndarray) -> np.ndarray:
    low, high = np.percentile(grey, [1, 99])
    return np.clip((grey - low) / max(float(high - low), 1e-12), 0, 1)
