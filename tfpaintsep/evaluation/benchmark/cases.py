"""The cases of a benchmark: found in folders, or simulated from a seed."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.evaluation.methods import Image
from tfpaintsep.images import (
    ElementStack,
    check_pair,
    check_same_size,
    degrade,
    read_element_maps,
    read_grey,
    read_photograph,
    read_radiograph,
)
from tfpaintsep.simulation import simulate

from .case import Case, Task

FINE_MAPS = ("maps_hr.tif", "bands_hr.tif")
"""Names of fine maps of which the coarse ones are still to be made."""
MARKS: dict[Task, tuple[str, ...]] = {"sep": ("xray.tif",), "sr": ("maps.tif", *FINE_MAPS)}
"""By task the files by which a folder is known to be a case."""
DEPTH = 3
"""How far below a given folder cases are looked for."""
SIMULATED_SIZE = 400
"""Least height and width of simulated paintings, px: the size at which they were compared with real
ones. Smaller cases are cut out of the middle."""


def given_cases(
    task: Task, folders: Iterable[Path], *, scale: int = 4, rgb: Path | None = None
) -> list[Case]:
    """Read the cases in folders.

    Args:
        task: "sep" or "sr".
        folders: Each a case, or with cases below it.
        scale: Of the coarse maps that are to be made.
        rgb: The photograph of those cases that have none.

    Returns:
        The whole images, folder by folder in the order of names.

    Raises:
        InputError: If a folder holds no case, a file is missing or unusable, or sizes differ.
    """
    found: list[Path] = []
    for folder in folders:
        here = list(_case_folders(task, folder, DEPTH)) if folder.is_dir() else []
        if not here:
            raise InputError(
                folder,
                expected=f"a folder with {' or '.join(MARKS[task])} in it, or with such folders",
                found="none" if folder.is_dir() else "no such folder",
                advice="Give --data a folder that simulate or degrade has written, or one like it.",
            )
        found += [path for path in here if path not in found]
    read = _separation_case if task == "sep" else _super_resolution_case
    return [
        read(folder, name, scale, rgb) for folder, name in zip(found, _names(found), strict=True)
    ]


def simulated_case(task: Task, seed: int, side: int | None = None) -> Case:
    """Simulate a painting of which the seed alone decides everything, as `simulate` does.

    Args:
        task: "sep" or "sr".
        seed: The same seed gives the same painting.
        side: Of the square that will be cut out of its middle, px; at least so large it is painted.

    Raises:
        InputError: If the size is unusable.
    """
    side = max(side or 0, SIMULATED_SIZE)
    painting = simulate(size=(side, side), seed=seed)
    made = painting.metadata
    # As the files have it: a method must not see more than an 8-bit photograph.
    rgb = (np.rint(255 * painting.rgb) / 255).astype(np.float32)
    gain = float(np.iinfo(painting.mixture.dtype).max)
    if task == "sep":
        images: dict[str, Image] = {
            "xray": painting.mixture.astype(np.float32) / np.float32(gain),
            "rgb": rgb,
            "surface": painting.surface.astype(np.float32) / np.float32(gain),
            "concealed": painting.concealed.astype(np.float32) / np.float32(gain),
        }
    else:
        images = {"maps": painting.maps.values, "rgb": rgb, "truth": painting.known_maps.values}
    return Case(
        task=task,
        name=f"simulated-{seed}",
        group="simulated",
        source=f"seed {seed}: {made['surface_picture']} over {made['concealed_picture']}",
        images=images,
        gain=gain if task == "sep" else 1.0,
        names=() if task == "sep" else painting.maps.names,
    )


def _case_folders(task: Task, folder: Path, depth: int) -> Iterator[Path]:
    if any((folder / mark).is_file() for mark in MARKS[task]):
        yield folder
    elif depth:
        for below in sorted(path for path in folder.iterdir() if path.is_dir()):
            if not below.name.startswith("."):
                yield from _case_folders(task, below, depth - 1)


def _names(folders: Sequence[Path]) -> list[str]:
    """Each folder's own name, with the one above where two are alike."""
    own = [path.resolve() for path in folders]
    alike = Counter(path.name for path in own)
    names = [
        re.sub(
            r"[^\w.-]+",
            "_",
            path.name if alike[path.name] == 1 else f"{path.parent.name}-{path.name}",
        )
        for path in own
    ]
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise InputError(
            "--data",
            expected="cases in folders of different names",
            found=f"{repeated[0]} more than once",
            advice="Rename the folders.",
        )
    return names


def _present(folder: Path, name: str, advice: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise InputError(path, expected="a file that a case needs", found="none", advice=advice)
    return path


def _separation_case(folder: Path, name: str, scale: int, rgb: Path | None) -> Case:
    known = "A case has xray.tif, rgb.tif, truth/surface.tif and truth/concealed.tif."
    radiograph = read_radiograph(folder / "xray.tif")
    photograph = read_photograph(rgb_of(folder, rgb, known))
    check_pair(radiograph, photograph)
    images = {"xray": radiograph.normalised(), "rgb": photograph.values}
    for layer in ("surface", "concealed"):
        path = _present(folder, f"truth/{layer}.tif", known)
        values = read_grey(path, radiograph.gain)
        check_same_size(str(folder / "xray.tif"), radiograph.size, str(path), values.shape)
        images[layer] = values / np.float32(radiograph.gain)
    misfit = images["surface"] + images["concealed"] - images["xray"]
    rms = float(np.sqrt(np.mean(misfit**2)))
    notes = (f"the known layers miss the radiograph by {rms:.0%} of full scale",)
    return Case(
        task="sep",
        name=name,
        group="given",
        source=str(folder),
        images=images,
        gain=radiograph.gain,
        notes=notes if rms > 0.05 else (),
    )


def rgb_of(folder: Path, given: Path | None, advice: str) -> Path:
    """The photograph of a case: its own, or the one that was given for all.

    Raises:
        InputError: If there is neither.
    """
    own = folder / "rgb.tif"
    return given if given is not None and not own.is_file() else _present(folder, own.name, advice)


def _super_resolution_case(folder: Path, name: str, scale: int, rgb: Path | None) -> Case:
    known = "A case has rgb.tif, and maps.tif with truth/maps.tif, or maps_hr.tif or bands_hr.tif."
    fine = next((folder / file for file in FINE_MAPS if (folder / file).is_file()), None)
    photograph = read_photograph(rgb_of(folder, rgb, known))
    if fine is not None:
        whole = read_element_maps(fine, allow_constant=True)
        check_same_size(str(fine), whole.size, str(photograph.source), photograph.size)
        coarse, truth = degrade(whole, scale)
        notes = truth.notes[len(whole.notes) :]
        values = photograph.values[: truth.size[0], : truth.size[1]]
    else:
        coarse = read_element_maps(folder / "maps.tif", allow_constant=True)
        path = _present(folder, "truth/maps.tif", known)
        truth = read_element_maps(path, allow_constant=True)
        truth = _fitting(path, truth, coarse)
        values, notes = photograph.values, ()
        check_same_size(str(path), truth.size, str(photograph.source), photograph.size)
    rgb_values = np.ascontiguousarray(values)
    return Case(
        task="sr",
        name=name,
        group="given",
        source=str(folder),
        images={"maps": coarse.values, "rgb": rgb_values, "truth": truth.values},
        names=coarse.names,
        notes=notes,
    ).without_constant_maps()


def _fitting(path: Path, truth: ElementStack, coarse: ElementStack) -> ElementStack:
    """The known maps in the order of the coarse ones, a whole number of times their size."""
    if set(truth.names) != set(coarse.names):
        raise InputError(
            path,
            expected=f"the maps {', '.join(coarse.names)}",
            found=", ".join(truth.names),
            advice="Give both stacks the same maps.",
        )
    (height, width), (rows, columns) = truth.size, coarse.size
    if height % rows or height // rows != width / columns or height // rows < 2:
        raise InputError(
            path,
            expected=f"maps a whole number of times as large as the coarse {rows} x {columns} px",
            found=f"{height} x {width} px",
            advice="Make the coarse maps with degrade.",
        )
    return truth.ordered(coarse.names)
