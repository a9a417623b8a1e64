"""Compositions to paint: pictures that scikit-image ships in its wheel, no downloads.

| name | picture | source, licence (as scikit-image's documentation states them) |
| --- | --- | --- |
| `portrait` | head and collar of `astronaut` | Eileen Collins; NASA, public domain |
| `astronaut` | the whole of it | as above |
| `cat` | `chelsea` | Stefan van der Walt, CC0 |
| `coffee` | a cup on a wooden table | Rachel Michetti (Pikolo Espresso Bar), CC0 |
| `rocket` | Falcon 9 on its pad | SpaceX, public domain |
| `cameraman` | `camera`, grey | Lav Varshney, CC0 |
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from skimage import data
from skimage.transform import resize
from skimage.util import img_as_float64

from tfpaintsep.errors import InputError

PICTURES = ("portrait", "astronaut", "cat", "coffee", "rocket", "cameraman")


def picture(name: str) -> NDArray[np.float64]:
    """One of the built-in compositions.

    Args:
        name: One of `PICTURES`.

    Returns:
        (h, w, 3) the picture in [0, 1], at its own size.

    Raises:
        InputError: If there is no picture of that name.
    """
    if name == "portrait":
        return as_rgb(data.astronaut()[0:256, 92:348])
    sources = {
        "astronaut": data.astronaut,
        "cat": data.chelsea,
        "coffee": data.coffee,
        "rocket": data.rocket,
        "cameraman": data.camera,
    }
    if name not in sources:
        raise InputError(
            "picture",
            expected=f"one of {', '.join(PICTURES)}",
            found=repr(name),
            advice="Choose one of these, or give an RGB array.",
        )
    return as_rgb(sources[name]())


def as_rgb(image: ArrayLike) -> NDArray[np.float64]:
    """A picture as RGB in [0, 1].

    Args:
        image: (h, w) or (h, w, 3) integers over their type's range, or floats in [0, 1].

    Returns:
        (h, w, 3) in [0, 1].

    Raises:
        InputError: If it is no picture: wrong dimensions, or floats outside [0, 1].
    """
    values = np.asarray(image)
    if values.ndim == 2:
        values = np.repeat(values[..., None], 3, axis=-1)
    rgb = img_as_float64(values)
    inside = rgb.size > 0 and np.all((rgb >= 0) & (rgb <= 1))  # False for NaN too
    if rgb.ndim != 3 or rgb.shape[-1] != 3 or not inside:
        raise InputError(
            "picture",
            expected="a grey or RGB image, integers or floats in [0, 1]",
            found=f"an array of shape {np.shape(image)} and type {values.dtype}",
            advice="Give the picture as (height, width, 3).",
        )
    return rgb


def fit_to(rgb: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Cut the centre to the proportions of `size` and resample to it.

    Args:
        rgb: (h, w, 3) in [0, 1].
        size: Height and width wanted, px.

    Returns:
        (height, width, 3) in [0, 1].
    """
    height, width = rgb.shape[:2]
    scale = min(height / size[0], width / size[1])
    rows, columns = max(1, round(size[0] * scale)), max(1, round(size[1] * scale))
    top, left = (height - rows) // 2, (width - columns) // 2
    cut = rgb[top : top + rows, left : left + columns]
    # order 3 overshoots at edges
    return np.clip(resize(cut, size, order=3, mode="reflect", anti_aliasing=scale > 1), 0.0, 1.0)
