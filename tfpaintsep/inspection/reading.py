"""From a file to a picture whose kind is known, or to the reason why it cannot be used."""

import io
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

import numpy as np
import tifffile
from PIL import Image, ImageCms

from tfpaintsep.errors import InputError
from tfpaintsep.images import (
    ElementStack,
    Photograph,
    Radiograph,
    Resolution,
    read_element_maps,
    read_photograph,
    read_radiograph,
)
from tfpaintsep.images.decoding import decode
from tfpaintsep.images.element_maps import HDF5_SEPARATOR
from tfpaintsep.images.element_names import is_element, name_of_file
from tfpaintsep.images.file_kinds import MAGIC
from tfpaintsep.images.tiff_pages import is_colour_composite, quiet_tifffile
from tfpaintsep.inspection.finding import Finding

_PNG_BIT_DEPTH = 24
"""Where a PNG file says it."""
_TINT = 0.04
"""Difference of the colours, in units of the full scale, that a scan in grey stays below."""


class Role(StrEnum):
    """What a file is in a painting's examination."""

    RADIOGRAPH = "radiograph"
    PHOTOGRAPH = "photograph"
    MAPS = "element maps"


@dataclass(frozen=True)
class Storage:
    """How an image is stored, as its header says.

    Attributes:
        dtype: Type of its samples, empty where unknown.
        profile: Name of the embedded colour profile, None when there is none.
        lossy: Whether the file is compressed with loss, as JPEG does.
        kind: `"tiff"`, `"png"`, `"jpeg"`, or another.
    """

    dtype: str = ""
    profile: str | None = None
    lossy: bool = False
    kind: str = ""


@dataclass(frozen=True, eq=False)
class CheckedFile:
    """One file: what it is, and what it holds where it could be read.

    Attributes:
        path: The file or folder.
        role: What it is, or was taken for.
        image: None where it was refused.
        storage: How it is stored.
        refusals: Why it cannot be used.
    """

    path: Path
    role: Role
    image: Radiograph | Photograph | ElementStack | None
    storage: Storage = field(default_factory=Storage)
    refusals: tuple[Finding, ...] = ()

    @property
    def name(self) -> str:
        """What messages call it."""
        return str(self.path)

    @property
    def resolution(self) -> Resolution | None:
        """As the file states it."""
        return self.image.resolution if self.image else None

    @property
    def description(self) -> str:
        """A few words: what it is, how large, how fine."""
        if self.image is None:
            return f"{self.role}, not readable"
        height, width = self.image.size
        facts = [f"{self.role}", f"{height} x {width} px (height x width)"]
        if isinstance(self.image, ElementStack):
            names = self.image.names
            more = " and others" if len(names) > 12 else ""
            facts.append(f"maps of {', '.join(names[:12])}{more}")
        if self.storage.dtype:
            facts.append(self.storage.dtype)
        pixel = self.resolution.pixel_size_mm if self.resolution else None
        if pixel:
            facts.append(f"pixels of {pixel[0]:.3g} mm")
        return ", ".join(facts)


def read_file(path: Path, role: Role | None = None) -> CheckedFile:
    """Read a file as what it is.

    Args:
        path: The file or folder.
        role: What the user says it is; None to tell by its content.

    Returns:
        The picture, or why it is refused. A stack with an empty map is kept: that is for the
        findings to refuse, with all else that is to be said of it.
    """
    storage = Storage()
    image: Radiograph | Photograph | ElementStack | None = None
    told = role
    try:
        storage = read_storage(path)
        role = role or guess_role(path)
        if role is Role.RADIOGRAPH:
            image = read_radiograph(path)
        elif role is Role.PHOTOGRAPH:
            image = read_photograph(path)
        else:
            image = read_element_maps(path)
            if not storage.dtype:  # a folder, or another file than an image
                storage = replace(storage, dtype=str(image.stored_dtype))
    except InputError as error:
        role = role or Role.RADIOGRAPH
        if role is Role.MAPS and (image := _with_empty_maps(path)):
            return CheckedFile(path, role, image, storage)
        if role is Role.MAPS and told is None and _is_called_a_picture(path):
            return read_file(path, Role.RADIOGRAPH)
        return CheckedFile(path, role, image, storage, (Finding.refusal(error, str(path)),))
    return CheckedFile(path, role, image, storage)


def _is_called_a_picture(path: Path) -> bool:
    """Whether a file that begins like no picture has a picture's name: then it should be one."""
    pictures = (".tif", ".tiff", ".png", ".jpg", ".jpeg")
    return path.is_file() and not _begins(path) and path.suffix.lower() in pictures


def _with_empty_maps(path: Path) -> ElementStack | None:
    try:
        return read_element_maps(path, allow_constant=True)
    except InputError:
        return None


def guess_role(path: Path) -> Role:
    """What a file is, by its content: an image in colour, in grey, or a stack of images.

    A single grey image is a radiograph unless its name is an element's.

    Raises:
        InputError: It is an image that cannot be read.
    """
    if HDF5_SEPARATOR in str(path) or path.is_dir() or (path.exists() and not _begins(path)):
        return Role.MAPS
    if _begins(path) == "tiff" and _is_stack(path):
        return Role.MAPS
    named = is_element(name_of_file(path))
    try:
        samples = decode(path).samples
    except InputError:
        if named:  # the reader of maps takes more kinds of number
            return Role.MAPS
        raise
    if samples.ndim == 2 or samples.shape[-1] == 2 or _is_nearly_grey(samples[..., :3]):
        return Role.MAPS if named else Role.RADIOGRAPH
    return Role.PHOTOGRAPH


def _begins(path: Path) -> str:
    """The kind of image by a file's first bytes; empty for another kind of file."""
    if not path.is_file():
        return ""
    head = _begin(path)
    return next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), "")


def _begin(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(32)


def _is_stack(path: Path) -> bool:
    """Whether a TIFF holds several grey images of one size."""
    try:
        with quiet_tifffile(), tifffile.TiffFile(path) as tif:
            if is_colour_composite(tif):
                return False
            series = max(tif.series, key=lambda one: one.keyframe.imagelength)
            channels = series.keyframe.samplesperpixel
            return series.size > series.keyframe.imagelength * series.keyframe.imagewidth * min(
                channels, 4
            )
    except Exception:  # a damaged file: the reader says what is wrong with it
        return False


def _is_nearly_grey(samples: np.ndarray) -> bool:
    """Whether colours differ by no more than a tint that a grey scan was stored with."""
    thinned = samples[:: max(1, samples.shape[0] // 500), :: max(1, samples.shape[1] // 500)]
    values = np.asarray(thinned, np.float32)
    full = np.iinfo(samples.dtype).max if samples.dtype.kind == "u" else values.max()
    return bool(np.percentile(np.ptp(values, axis=-1), 99.5) < _TINT * full)


def read_storage(path: Path) -> Storage:
    """What an image's header says; nothing where it cannot be read, which its reader reports."""
    kind = _begins(path)
    try:
        if kind == "tiff":
            with quiet_tifffile(), tifffile.TiffFile(path) as tif:
                page = tif.pages.first
                profile = page.tags.valueof(34675)
                lossy = page.compression in (6, 7)
                return Storage(str(page.dtype), _profile_name(profile), lossy, kind)
        if kind:
            with Image.open(path) as image:
                deep = kind == "png" and _begin(path)[_PNG_BIT_DEPTH] == 16
                profile = _profile_name(image.info.get("icc_profile"))
                return Storage("uint16" if deep else "uint8", profile, kind == "jpeg", kind)
    except Exception:  # a damaged file: the reader says what is wrong with it
        return Storage(kind=kind)
    return Storage()


def _profile_name(profile: bytes | None) -> str | None:
    """The name that a profile gives itself."""
    if not profile:
        return None
    try:
        return ImageCms.getProfileDescription(io.BytesIO(profile)).strip() or "unnamed"
    except (OSError, ImageCms.PyCMSError):
        return "unreadable"
