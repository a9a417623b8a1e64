"""A painting on which methods are compared: what they are given, and what is known."""

import hashlib
import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import numpy as np

from tfpaintsep.evaluation.methods import Image
from tfpaintsep.files import replacing

Task = Literal["sep", "sr"]
Group = Literal["given", "simulated"]

IMAGES: dict[str, tuple[str, ...]] = {
    "sep": ("xray", "rgb", "surface", "concealed"),
    "sr": ("maps", "rgb", "truth"),
}
"""By task the names of a case's images."""


@dataclass(frozen=True, eq=False)
class Case:
    """One painting whose layers or fine maps are known.

    Attributes:
        task: "sep" or "sr".
        name: Fit for a file name, different from the other cases'.
        group: "given", from files, or "simulated".
        source: The folder, or how it was simulated.
        images: float32. Of a separation `xray`, `surface` and `concealed`, (h, w) in units of the
            gain, and `rgb`, (h, w, 3) in [0, 1]; of a super-resolution `maps`, (h, w, B), and
            `truth`, (s h, s w, B), in the maps' units, and `rgb`, (s h, s w, 3).
        gain: Of the radiograph, in the file's units; 1 for maps.
        names: Of the maps; empty for a radiograph.
        notes: Remarks for the user.
    """

    task: Task
    name: str
    group: Group
    source: str
    images: dict[str, Image]
    gain: float = 1.0
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())

    def __post_init__(self) -> None:
        if tuple(self.images) != IMAGES[self.task]:
            raise ValueError(f"images must be {IMAGES[self.task]}. Received: {list(self.images)}")

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the photograph, pixels."""
        height, width = self.images["rgb"].shape[:2]
        return height, width

    @property
    def scale(self) -> int:
        """Fine pixels along a coarse one; 1 for a radiograph."""
        coarse = self.images["xray" if self.task == "sep" else "maps"]
        return self.size[0] // coarse.shape[0]

    @property
    def digest(self) -> str:
        """A checksum of all that a score depends on, 16 hexadecimal digits."""
        digest = hashlib.sha256(json.dumps([self.task, self.gain, self.names]).encode())
        for name, values in self.images.items():
            digest.update(f"{name} {values.shape}".encode())
            digest.update(np.ascontiguousarray(values).tobytes())
        return digest.hexdigest()[:16]

    def cropped(self, side: int | None) -> "Case":
        """The central part, `side` pixels of the photograph high and wide, or less where less is.

        Maps are cut between their pixels; those that are constant in what is left are dropped.
        A note tells of a case that is smaller.
        """
        if side is None:
            return self
        step = self.scale
        places = []
        for length in self.size:
            kept = min(side, length) // step
            first = (length // step - kept) // 2
            places.append((first, first + kept))
        images = {}
        for name, values in self.images.items():
            factor = 1 if name == "maps" else step
            (top, bottom), (left, right) = ((factor * a, factor * b) for a, b in places)
            images[name] = np.ascontiguousarray(values[top:bottom, left:right])
        notes = self.notes
        if min(self.size) < side:
            height, width = self.size
            notes += (f"only {height} x {width} px, less than the {side} x {side} asked for",)
        return replace(self, images=images, notes=notes).without_constant_maps()

    def without_constant_maps(self) -> "Case":
        """Less the maps that are the same value everywhere: nothing can be learned or scored."""
        if self.task == "sep":
            return self
        varied = [
            bool(np.all([np.ptp(self.images[name][..., band]) > 0 for name in ("maps", "truth")]))
            for band in range(len(self.names))
        ]
        if all(varied) or not any(varied):
            return self
        dropped = [name for name, kept in zip(self.names, varied, strict=True) if not kept]
        images = {
            name: values if name == "rgb" else np.ascontiguousarray(values[..., varied])
            for name, values in self.images.items()
        }
        return replace(
            self,
            images=images,
            names=tuple(name for name in self.names if name not in dropped),
            notes=(*self.notes, f"the same value everywhere, left out: {', '.join(dropped)}"),
        )


def save_case(path: Path, case: Case) -> None:
    """Write a case as .npz, in one step."""
    facts = {
        "task": case.task,
        "name": case.name,
        "group": case.group,
        "source": case.source,
        "gain": case.gain,
        "names": case.names,
    }
    with replacing(path) as part, part.open("wb") as file:
        np.savez(file, facts=json.dumps(facts), **case.images)  # type: ignore[arg-type]


def load_case(path: Path) -> Case:
    """Read what `save_case` has written."""
    with np.load(path, allow_pickle=False) as archive:
        facts = json.loads(str(archive["facts"]))
        images = {name: archive[name] for name in IMAGES[facts["task"]]}
    return Case(**{**facts, "names": tuple(facts["names"])}, images=images)
