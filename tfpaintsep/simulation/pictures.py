"""Compositions to paint: pictures that scikit-image ships in its wheel, photographs, inventions.

| name | picture | source, licence (as scikit-image's documentation states them) |
| --- | --- | --- |
| `portrait` | head and collar of `astronaut` | Eileen Collins; NASA, public domain |
| `astronaut` | the whole of it | as above |
| `cat` | `chelsea` | Stefan van der Walt, CC0 |
| `coffee` | a cup on a wooden table | Rachel Michetti (Pikolo Espresso Bar), CC0 |
| `rocket` | Falcon 9 on its pad | SpaceX, public domain |
| `cameraman` | `camera`, grey | Lav Varshney, CC0 |
| `procedural` | invented anew for each seed | see `procedural` |
"""

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.ndimage import gaussian_filter
from skimage import data
from skimage.transform import resize
from skimage.util import img_as_float64

from tfpaintsep.errors import InputError
from tfpaintsep.images import read_photograph
from tfpaintsep.simulation.procedural import composition

PICTURES = ("portrait", "astronaut", "cat", "coffee", "rocket", "cameraman")
PROCEDURAL = "procedural"


def picture(
    source: str,
    rng: np.random.Generator | None = None,
    size: tuple[int, int] | None = None,
) -> NDArray[np.float64]:
    """A composition by its name.

    Args:
        source: One of `PICTURES`, `PROCEDURAL`, or the path of a photograph (TIFF, PNG, JPEG) in
            colour; a file that is called like a picture needs its folder, "./cat".
        rng: Source of randomness, for an invented one.
        size: Height and width, px, for an invented one.

    Returns:
        (h, w, 3) the picture in [0, 1]: an invented one of that size, others at their own.

    Raises:
        InputError: If there is no picture of that name, or the file is no usable photograph.
        ValueError: If something is to be invented without `rng` and `size`.
    """
    if source == PROCEDURAL:
        if rng is None or size is None:
            raise ValueError("an invented composition needs rng and size")
        return composition(rng, size)
    if source == "portrait":
        return as_rgb(data.astronaut()[0:256, 92:348])
    built_in = {
        "astronaut": data.astronaut,
        "cat": data.chelsea,
        "coffee": data.coffee,
        "rocket": data.rocket,
        "cameraman": data.camera,
    }
    if source in built_in:
        return as_rgb(built_in[source]())
    if is_file(source):
        return read_photograph(source).values.astype(np.float64)
    raise InputError(
        "picture",
        expected=f"one of {', '.join(PICTURES)}, {PROCEDURAL}, or a photograph",
        found=f"{source!r}, which is neither such a name nor a file",
        advice="Choose one of these, or give a TIFF, PNG or JPEG in colour.",
    )


def is_file(source: str) -> bool:
    """Whether a composition comes from a file, not from a name."""
    return source not in (*PICTURES, PROCEDURAL) and Path(source).is_file()


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
    if cut.shape[:2] == size:
        return cut
    # Channel by channel, which takes a quarter of the time; order 3 overshoots at edges.
    channels = [
        resize(channel, size, order=3, mode="reflect", anti_aliasing=scale > 1)
        for channel in np.moveaxis(cut, -1, 0)
    ]
    return np.clip(np.stack(channels, axis=-1), 0.0, 1.0)


def draw_names(
    rng: np.random.Generator,
    surface: str | ArrayLike | None = None,
    concealed: str | ArrayLike | None = None,
) -> tuple[str, str]:
    """Names for two compositions; what is not given is drawn, and never twice the same.

    Args:
        rng: Source of randomness.
        surface: The visible composition, if it is given: a name, or an image.
        concealed: The one beneath, likewise.

    Returns:
        Their names; "given array" for an image.
    """
    names = [
        one if one is None or isinstance(one, str) else "given array"
        for one in (surface, concealed)
    ]
    # The portrait is the astronaut's head.
    taken = {*names, "astronaut", *({"portrait"} if "astronaut" in names else ())}
    shuffled = rng.permutation([*PICTURES, PROCEDURAL]).tolist()
    first, second = [one for one in shuffled if one not in taken][:2]
    return names[0] or first, names[1] or second


def part_of(
    rng: np.random.Generator, rgb: NDArray[np.float64], draws: int = 1
) -> NDArray[np.float64]:
    """A part of a picture, as a detail of a larger painting: half to all of its shorter side.

    Args:
        rng: Source of randomness.
        rgb: (h, w, 3).
        draws: Parts to choose from; the one with most contrast at the scale of its eighth is taken.

    Returns:
        (side, side, 3), mirrored or not.
    """
    parts = []
    for _ in range(draws):
        side = int(rng.uniform(0.5, 1.0) * min(rgb.shape[:2]))
        top, left = (int(rng.integers(0, length - side + 1)) for length in rgb.shape[:2])
        parts.append(rgb[top : top + side, left : left + side])
    part = max(parts, key=_contrast)
    return part[:, ::-1] if rng.random() < 0.5 else part


def _contrast(rgb: NDArray[np.float64]) -> float:
    """Standard deviation of the lightness, less what varies more slowly than an eighth."""
    grey = rgb.mean(axis=-1)
    return float(np.std(grey - gaussian_filter(grey, max(grey.shape) / 8)))
