"""Which axis of a stack counts the elements, where the file does not say."""

from pathlib import Path

from tfpaintsep.errors import InputError

BANDS_FIRST, BANDS_LAST = "CYX", "YXC"


def array_axes(
    path: Path, shape: tuple[int, ...], count: int | None, axes: str | None
) -> tuple[str, tuple[str, ...]]:
    """The order of the axes of an array.

    The number of names decides, or without names the shape: maps are larger than many.

    Args:
        path: The file, for messages.
        shape: Three sizes.
        count: The number of names, None without names.
        axes: What the user says, None to find out.

    Returns:
        `"CYX"` or `"YXC"`, and a note on how that was found.

    Raises:
        InputError: It cannot be told.
    """
    if axes is not None:
        return _checked(axes), ()
    first, last = shape[0], shape[-1]
    if count is not None and (first == count) != (last == count):
        return (BANDS_FIRST if first == count else BANDS_LAST), ()
    if count is None and first < min(shape[1:]):
        return BANDS_FIRST, (f"axes not stated: read as {_in_words(shape, BANDS_FIRST)}",)
    if count is None and last < min(shape[:2]):
        return BANDS_LAST, (f"axes not stated: read as {_in_words(shape, BANDS_LAST)}",)
    if count is not None and count not in (first, last):
        raise InputError(
            path,
            expected=f"a stack of {count} maps, one for each name",
            found=f"an array of shape {shape}",
            advice="Give one name for each map, in their order.",
        )
    raise _cannot_be_told(path, shape)


def page_axes(
    path: Path, shape: tuple[int, ...], count: int | None, axes: str | None
) -> tuple[str, tuple[str, ...]]:
    """The order of the axes of plain TIFF pages: each is a map, unless they are narrow slices.

    Many pages of a few columns are what a program writes that took an array (h, w, B) for h
    images. Arguments and results as for `array_axes`.

    Raises:
        InputError: The pages are such slices, or may be.
    """
    if axes is not None:
        return _checked(axes), ()
    pages, height, width = shape
    if count == pages:
        return BANDS_FIRST, ()
    if count == width:
        return BANDS_LAST, (f"pages are rows: read as {_in_words(shape, BANDS_LAST)}",)
    if 2 * width <= min(pages, height):
        raise _cannot_be_told(path, shape)
    return BANDS_FIRST, ()


def _checked(axes: str) -> str:
    if axes not in (BANDS_FIRST, BANDS_LAST):
        raise InputError(
            "axes",
            expected=f"{BANDS_FIRST} (maps one after the other) or {BANDS_LAST} (pixel by pixel)",
            found=repr(axes),
            advice="Say in which order the array is stored.",
        )
    return axes


def _in_words(shape: tuple[int, ...], axes: str) -> str:
    a, b, c = shape
    bands, height, width = (a, b, c) if axes == BANDS_FIRST else (c, a, b)
    return f"{bands} maps of {height} x {width} px"


def _cannot_be_told(path: Path, shape: tuple[int, ...]) -> InputError:
    return InputError(
        path,
        expected="a stack whose axes can be told apart",
        found=f"shape {shape}, which may be {_in_words(shape, BANDS_FIRST)} or "
        f"{_in_words(shape, BANDS_LAST)}",
        advice="Give the names of the maps or say which axes they are, or save them as an ImageJ "
        "stack with labels.",
    )
