"""Refusals of a picture, in the same words wherever it is read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tfpaintsep.errors import InputError

SAVE_PLAIN = "Save it as 8-bit or 16-bit greyscale (radiograph) or RGB (photograph) TIFF."
SAVE_DEPTH = "Save it as unsigned 8-bit or 16-bit, or as floating point."
EXPORT_AGAIN = "Copy or export the file again."


@contextmanager
def refusing_damage(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a library raises while it reads a file into an `InputError`."""
    try:
        yield
    except (InputError, MemoryError):
        raise
    except UnicodeDecodeError as error:
        raise no_utf8(path, error) from error
    except Exception as error:  # the libraries raise anything from IndexError to SyntaxError
        raise InputError(
            path,
            expected=f"a complete {kind.upper()} file",
            found=f"a damaged, truncated or unsupported one ({error})",
            advice=EXPORT_AGAIN,
        ) from error


def no_utf8(path: Path, error: UnicodeDecodeError) -> InputError:
    """The refusal of text in another encoding, or of what is no text."""
    return InputError(
        path,
        expected="text in UTF-8",
        found=f"another encoding, or no text ({error.reason} {error.start})",
        advice="Save it in UTF-8; a spreadsheet offers that when it saves a CSV file.",
    )


def no_plain_layout(path: Path, found: str, advice: str = SAVE_PLAIN) -> InputError:
    """The refusal of samples or colours that have no plain meaning as grey or RGB."""
    return InputError(path, expected="a greyscale or RGB image", found=found, advice=advice)


def check_colour_range(path: Path, lowest: float, highest: float) -> None:
    """Refuse a photograph of floats that are no shares of white.

    Raises:
        InputError: If a value lies outside [0, 1].
    """
    if lowest < 0 or highest > 1:
        raise InputError(
            path,
            expected="float RGB between 0 and 1",
            found=f"values between {lowest:g} and {highest:g}",
            advice="Divide by the image's white, or save as 8-bit or 16-bit.",
        )


def no_colour(path: Path) -> InputError:
    """The refusal of a photograph without colour."""
    return InputError(
        path,
        expected="a colour photograph",
        found="a greyscale image",
        advice="The method explains the surface by its colours: give an RGB photograph.",
    )


def no_content(path: Path, value: float) -> InputError:
    """The refusal of a constant image."""
    return InputError(
        path,
        expected="an image with some content",
        found=f"the same value, {value:g}, everywhere",
        advice=EXPORT_AGAIN,
    )
