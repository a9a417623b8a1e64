"""A picture as text inside a page, with a band below that says what it is."""

import base64
import io
import math
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import matplotlib
from PIL import Image, ImageDraw, ImageFont

from tfpaintsep.report.panel import Panel

_BAND, _PLAIN, _COMPUTED = (24, 24, 24), (205, 205, 205), (255, 184, 92)
_QUALITY = 88
_LETTERS = 10  # height of the band's letters as shown, CSS pixels
_MOST_ENLARGED = 4


class Embedded(NamedTuple):
    """A picture as text.

    Attributes:
        source: `data:image/jpeg;base64,...`
        width: Of the picture, pixels.
        height: Of the picture without the band below it, pixels.
    """

    source: str
    width: int
    height: int


def embed(
    panel: Panel, *, long_side: int, shown_width: int, pixel_size_mm: float | None
) -> Embedded:
    """Make a data URI of a picture.

    The band is part of the picture, so that a copy taken from the page still says that it is
    computed; it stands below, so that it hides nothing.

    Args:
        panel: The picture.
        long_side: Longest side in pixels; larger pictures are averaged down, and small ones
            enlarged by an integer factor.
        shown_width: Width at which the page shows the picture, CSS pixels; the band's letters
            are made to be read there.
        pixel_size_mm: Width of a pixel of the original, for the scale bar; None draws none.

    Returns:
        The picture and its size.
    """
    picture = Image.fromarray(panel.pixels(long_side))
    factor = min(_MOST_ENLARGED, long_side // max(picture.size))
    if factor > 1:
        enlarged = (picture.width * factor, picture.height * factor)
        # The detail of a map is what is to be judged: none may be added by showing it.
        smooth = panel.subject == "layer"
        sampling = Image.Resampling.BICUBIC if smooth else Image.Resampling.NEAREST
        picture = picture.resize(enlarged, sampling)
    size = None
    if pixel_size_mm:
        size = pixel_size_mm * panel.values.shape[1] / picture.width
    buffer = io.BytesIO()
    _with_band(picture, panel, shown_width, size).save(
        buffer, "JPEG", quality=_QUALITY, **_encoding(panel)
    )
    text = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Embedded("data:image/jpeg;base64," + text, *picture.size)


def _encoding(panel: Panel) -> dict[str, int]:
    """What else the encoder is told."""
    if panel.diverging:
        # Red or blue tells the sign of a value, so colour is kept at every pixel. That can take
        # more bytes than there are pixels, for which Pillow's optimizing encoder has no room.
        return {"subsampling": 0}
    return {"optimize": True}


def _with_band(
    picture: Image.Image, panel: Panel, shown_width: int, pixel_size_mm: float | None
) -> Image.Image:
    text = panel.stamp.upper()
    font = _font(max(6, round(_LETTERS * picture.width / shown_width)))
    if font.getlength(text) > 0.94 * picture.width:  # a narrow picture: as large as fits
        fitting = int(font.size * 0.94 * picture.width / font.getlength(text))
        font = _font(max(6, fitting))
    height = round(2.1 * font.size)
    whole = Image.new("RGB", (picture.width, picture.height + height), _BAND)
    whole.paste(picture, (0, 0))
    draw = ImageDraw.Draw(whole)
    colour = _COMPUTED if panel.is_computed else _PLAIN
    middle, edge = picture.height + height / 2, 0.6 * font.size
    draw.text((edge, middle), text, font=font, fill=colour, anchor="lm")
    if pixel_size_mm:
        millimetres, label = scale_bar(0.22 * picture.width * pixel_size_mm)
        length = millimetres / pixel_size_mm
        start = picture.width - edge - length
        label_start = start - 0.5 * font.size - font.getlength(label)
        if label_start > 2 * edge + font.getlength(text):
            draw.text((label_start, middle), label, font=font, fill=_PLAIN, anchor="lm")
            half = max(1.0, 0.13 * font.size)
            draw.rectangle((start, middle - half, start + length, middle + half), fill=_PLAIN)
    return whole


def scale_bar(most_mm: float) -> tuple[float, str]:
    """The longest bar of 1, 2 or 5 times a power of ten, and its label.

    Args:
        most_mm: What the bar may be at most, millimetres, > 0.

    Returns:
        Its length in millimetres, and a label such as "5 cm".
    """
    power = 10.0 ** math.floor(math.log10(most_mm))
    length = max(step for step in (power, 2 * power, 5 * power) if step <= most_mm * (1 + 1e-9))
    for size, unit in ((1000.0, "m"), (10.0, "cm"), (1.0, "mm")):
        if length >= size:
            return length, f"{length / size:g} {unit}"
    return length, f"{length * 1000:g} µm"


@lru_cache(maxsize=32)
def _font(size: int) -> ImageFont.FreeTypeFont:
    # matplotlib brings this font along, so the page looks the same on every machine.
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans-Bold.ttf"
    return ImageFont.truetype(str(path), size)
