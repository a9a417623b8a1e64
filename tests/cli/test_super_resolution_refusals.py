"""Bad maps, photographs and options: exit code 2, one message, nothing written."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile

from tfpaintsep.images import read_element_maps

NAMES = ["Pb-L", "Hg-L", "Ca-K"]
Words = list[object]


def digest(folder: Path) -> dict[str, str]:
    """Every file below a folder, with its checksum."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


class Desk:
    """A user's folder with maps and a photograph, and wrong files made on demand."""

    def __init__(self, folder: Path, scan: Any, tiny_sr: Callable[..., list[str]]) -> None:
        self.folder, self.out, self.tiny = folder, folder / "out", tiny_sr
        shutil.copytree(scan.degraded, folder, dirs_exist_ok=True)
        self.xrf, self.rgb = folder / "maps.tif", folder / "rgb.tif"
        self.planes = np.ascontiguousarray(np.moveaxis(read_element_maps(self.xrf).values, -1, 0))
        self.colour: np.ndarray = tifffile.imread(self.rgb)

    def maps(self, planes: np.ndarray | None = None, labels: list[str] | None = None) -> Path:
        """A stack with labels, or with `labels=[]` plain pages."""
        path = self.folder / "m.tif"
        planes = self.planes if planes is None else planes
        labels = NAMES if labels is None else labels
        options: dict[str, Any] = {"photometric": "minisblack"}
        if labels:
            options = {"imagej": True, "metadata": {"axes": "CYX", "Labels": labels}}
        tifffile.imwrite(path, np.ascontiguousarray(planes, np.float32), **options)
        return path

    def changed(self, band: int, value: float) -> Path:
        planes = self.planes.copy()
        planes[band, 2, 3] = value
        return self.maps(planes)

    def photograph(self, pixels: np.ndarray, **options: Any) -> Path:
        path = self.folder / "p.tif"
        tifffile.imwrite(path, pixels, photometric="rgb", **options)
        return path

    def file(self, name: str, content: bytes) -> Path:
        (self.folder / name).write_bytes(content)
        return self.folder / name

    def map_folder(self, *names: str) -> Path:
        folder = self.folder / "IMAGES"
        folder.mkdir()
        for name in names:
            tifffile.imwrite(folder / name, self.planes[0])
        return folder

    def train(self, *extra: object, xrf: object = None, rgb: Path | None = None) -> Words:
        return [
            *("train-sr", "--xrf", xrf or self.xrf, "--rgb", rgb or self.rgb),
            *("--out", self.out, *self.tiny(), *extra),
        ]

    def set(self, *settings: str) -> Words:
        return self.train(*(word for setting in settings for word in ("--set", setting)))

    def truth(self, planes: np.ndarray, labels: list[str]) -> Words:
        shutil.move(self.maps(planes, labels), self.folder / "truth" / "maps.tif")
        return self.train("--truth", self.folder)


@pytest.fixture
def desk(tmp_path: Path, scan: Any, tiny_sr: Callable[..., list[str]]) -> Desk:
    return Desk(tmp_path, scan, tiny_sr)


def small(desk: Desk) -> Words:
    xrf = desk.maps(desk.planes[:, :3])
    pixels = np.tile(desk.colour, (1, 2, 1))[:18, :108]
    return desk.train("--scale", "6", xrf=xrf, rgb=desk.photograph(pixels))


def scaled_by_config(desk: Desk) -> Words:
    (desk.folder / "mine.yaml").write_text("downsampling: {scale: 5}\n")
    return desk.train("--config", desk.folder / "mine.yaml")


def hdf5(desk: Desk) -> Words:
    with h5py.File(desk.folder / "fit.h5", "w") as file:
        file["maps"] = desk.planes
    return desk.train(xrf=f"{desk.folder / 'fit.h5'}::/entry/none")


def occupied(desk: Desk) -> Words:
    desk.out.mkdir()
    (desk.out / "thesis.txt").write_text("mine")
    return desk.train()


def alpha(desk: Desk) -> Path:
    pixels = np.dstack([desk.colour, desk.colour[..., :1]])
    return desk.photograph(pixels, extrasamples=["unassalpha"])


REFUSALS: dict[str, tuple[Callable[[Desk], Words], list[str]]] = {
    "missing maps": (lambda d: d.train(xrf=d.folder / "none.tif"), ["none.tif", "no such file"]),
    "missing photograph": (
        lambda d: d.train(rgb=d.folder / "none.tif"),
        ["none.tif", "no such file"],
    ),
    "text named tif": (
        lambda d: d.train(xrf=d.file("text.tif", b"Ca and Fe, of the left half\n" * 9)),
        ["text.tif", "a text file"],
    ),
    "photograph for maps": (lambda d: d.train(xrf=d.rgb), ["rgb.tif", "RGB"]),
    "folder without maps": (
        lambda d: d.train(xrf=d.map_folder("overview.tif")),
        ["IMAGES", "named by element"],
    ),
    "a map twice in a folder": (
        lambda d: d.train(xrf=d.map_folder("Fe_K.tif", "Fe-K.tif", "Ca_K.tif")),
        ["IMAGES", "several files for Fe-K"],
    ),
    "no fit in HDF5": (hdf5, ["fit.h5"]),
    "grey photograph": (
        lambda d: d.train(rgb=d.photograph(np.repeat(d.colour[..., :1], 3, -1))),
        ["p.tif", "a greyscale image"],
    ),
    "transparent photograph": (lambda d: d.train(rgb=alpha(d)), ["p.tif", "alpha"]),
    "another scale fits": (
        lambda d: d.train("--scale", "3"),
        ["rgb.tif", "60 x 54 px", "3 times the maps' 20 x 18", "80 x 72 px", "--scale 4"],
    ),
    "no scale fits": (
        lambda d: d.train(rgb=d.photograph(d.colour[:-3])),
        ["p.tif", "80 x 72 px", "77 x 72 px"],
    ),
    "nearly another scale": (
        lambda d: d.train("--scale", "2", rgb=d.photograph(d.colour[:62, :56])),
        ["40 x 36 px", "62 x 56 px", "60 x 54 px for --scale 3"],
    ),
    "the file's scale": (scaled_by_config, ["5 times the maps'", "--scale 4"]),
    "scale of one": (lambda d: d.train("--scale", "1"), ["--scale", "x>=2"]),
    "maps smaller than the scale": (
        small,
        ["m.tif", "6 x 6 px", "3 x 18 px", "pretraining.augmented"],
    ),
    "all-zero map": (
        lambda d: d.train(xrf=d.maps(d.planes * np.array([1, 0, 1])[:, None, None])),
        ["m.tif", "Hg-L", "same value, 0"],
    ),
    "NaN": (lambda d: d.train(xrf=d.changed(2, np.nan)), ["m.tif", "Ca-K: 1 NaN"]),
    "infinite": (lambda d: d.train(xrf=d.changed(0, np.inf)), ["m.tif", "Pb-L", "1 infinite"]),
    "names repeated": (
        lambda d: d.train(xrf=d.maps(labels=["Pb-L", "Ca-K", "Ca K"])),
        ["m.tif", "Ca-K more than once"],
    ),
    "a name missing": (
        lambda d: d.train(xrf=d.maps(labels=["Pb-L", "", "Ca-K"])),
        ["m.tif", "none for map 2 of 3"],
    ),
    "given names repeated": (
        lambda d: d.train("--names", "Pb-L,Pb_L,Ca-K", xrf=d.maps(labels=[])),
        ["m.tif", "Pb-L more than once"],
    ),
    "too few names given": (
        lambda d: d.train("--names", "Pb-L,Ca-K", xrf=d.maps(labels=[])),
        ["m.tif", "3 names", "Pb-L, Ca-K"],
    ),
    "a given name missing": (
        lambda d: d.train("--names", "Pb-L,,Ca-K", xrf=d.maps(labels=[])),
        ["m.tif", "none for map 2 of 3"],
    ),
    "names beside names": (
        lambda d: d.train("--names", "Fe-K", xrf=d.map_folder("Fe_K.tif")),
        ["IMAGES", "Leave the names out"],
    ),
    "unknown preset": (lambda d: d.train("--preset", "best"), ["--preset", "best", "paper"]),
    "unknown setting": (lambda d: d.set("loss.alpha3=1"), ["loss.alpha3", "no such setting"]),
    "blocks that do not add up": (
        lambda d: d.set("generator.common=3", "generator.unique_xrf=3", "generator.unique_rgb=3"),
        ["channels = 8"],
    ),
    "occupied folder": (occupied, ["out", "--overwrite"]),
    "out holds the maps": (
        lambda d: ["train-sr", "--xrf", d.xrf, "--rgb", d.rgb, "--out", d.folder, "--overwrite"],
        ["--out", "--xrf"],
    ),
    "resume and overwrite": (lambda d: d.train("--resume", "--overwrite"), ["--resume"]),
    "no known maps": (lambda d: d.train("--truth", d.folder / "no"), ["no maps.tif"]),
    "known maps of other elements": (
        lambda d: d.truth(np.repeat(np.repeat(d.planes, 4, 1), 4, 2), ["Pb-L", "Fe-K", "Ca-K"]),
        ["truth/maps.tif", "no Hg-L"],
    ),
    "known maps of another size": (
        lambda d: d.truth(d.planes, NAMES),
        ["truth/maps.tif", "80 x 72 px and 20 x 18 px"],
    ),
    "degrade too far": (
        lambda d: ["degrade", "--maps", d.xrf, "--scale", "10", "--out", d.out],
        ["--scale", "from 2 to 9"],
    ),
    "degrade with a photograph of another size": (
        lambda d: ["degrade", "--maps", d.xrf, "--rgb", d.rgb, "--out", d.out],
        ["20 x 18 px and 80 x 72 px"],
    ),
    "degrade over its maps": (
        lambda d: ["degrade", "--maps", d.xrf, "--out", d.folder, "--overwrite"],
        ["--out", "--maps"],
    ),
    "upscale without a model": (
        lambda d: ["upscale", d.folder, "--xrf", d.xrf, "--rgb", d.rgb, "--out", d.out],
        ["no saved_model.pb"],
    ),
    "evaluate what is no run": (
        lambda d: ["evaluate", d.folder, "--truth", d.folder],
        ["provenance.json", "something else"],
    ),
    "report what is no run": (lambda d: ["report", d.folder], ["no run's"]),
}


def refuse(folders: list[Path], words: Words, parts: list[str], invoke: Callable[..., Any]) -> None:
    before = [digest(folder) for folder in folders]
    result = invoke(*words)
    assert result.code == 2, result
    assert result.err.count("Error:") == 1
    assert "Traceback" not in result.err
    message = " ".join(result.err[result.err.index("Error:") :].split())
    for part in parts:
        assert part in message
    assert result.out == ""
    assert [digest(folder) for folder in folders] == before


@pytest.mark.parametrize(("make", "parts"), REFUSALS.values(), ids=REFUSALS.keys())
def test_bad_maps_and_options_are_refused(
    desk: Desk,
    make: Callable[[Desk], Words],
    parts: list[str],
    invoke: Callable[..., Any],
) -> None:
    words = make(desk)
    existed = desk.out.exists()
    refuse([desk.folder], words, parts, invoke)
    assert desk.out.exists() == existed


def test_the_real_program_refuses_before_it_loads_tensorflow(
    desk: Desk, run_process: Callable[..., Any]
) -> None:
    make, parts = REFUSALS["another scale fits"]
    before = digest(desk.folder)
    result = run_process(*make(desk))
    assert result.code == 2
    (error,) = result.err.splitlines()
    for part in parts:
        assert part in error
    assert digest(desk.folder) == before


def upscale(desk: Desk, run: Path, xrf: Path | None = None, rgb: Path | None = None) -> Words:
    return [
        *("upscale", run, "--xrf", xrf or desk.xrf, "--rgb", rgb or desk.rgb, "--out", desk.out)
    ]


def resume(desk: Desk, run: Path, *extra: object, xrf: Path | None = None) -> Words:
    return [
        *("train-sr", "--xrf", xrf or desk.xrf, "--rgb", desk.rgb, "--out", run),
        *(*desk.tiny(), "--resume", *extra),
    ]


FROM_A_RUN: dict[str, tuple[Callable[[Desk, Path], Words], list[str]]] = {
    "resume with other maps": (
        lambda d, run: resume(d, run, xrf=d.maps(d.planes + 1)),
        ["--xrf", "another one"],
    ),
    "resume with other names": (
        lambda d, run: resume(d, run, "--names", "Pb-L,Fe-K,Ca-K"),
        ["--names", "Pb-L,Hg-L,Ca-K", "Pb-L,Fe-K,Ca-K"],
    ),
    "resume with another configuration": (
        lambda d, run: resume(d, run, "--set", "loss.alpha1=0.5"),
        ["loss.alpha1", "0.003", "0.5"],
    ),
    "a finished run again": (
        lambda d, run: ["train-sr", "--xrf", d.xrf, "--rgb", d.rgb, "--out", run, *d.tiny()],
        ["--overwrite"],
    ),
    "upscale over the model": (
        lambda d, run: [*upscale(d, run)[:-1], run, "--overwrite"],
        ["--out", "MODEL"],
    ),
    "upscale other elements": (
        lambda d, run: upscale(d, run, d.maps(labels=["Pb-L", "Hg-L", "Fe-K"])),
        ["m.tif", "the maps Pb-L, Hg-L, Ca-K", "Fe-K"],
    ),
    "upscale at another scale": (
        lambda d, run: upscale(d, run, rgb=d.photograph(d.colour[:60, :54])),
        ["p.tif", "80 x 72 px", "60 x 54 px", "train a model at another scale"],
    ),
    "evaluate without a reference": (
        lambda d, run: ["evaluate", run, "--truth", d.folder / "nowhere"],
        ["nowhere", "no maps.tif"],
    ),
    "evaluate against itself": (
        lambda d, run: ["evaluate", run, "--truth", run],
        ["--truth", "another folder"],
    ),
    "separate with a model of maps": (
        lambda d, run: [
            *("separate", run, "--xray", d.folder / "x.tif", "--rgb", d.rgb, "--out", d.out)
        ],
        ["super-resolution", "train-sep"],
    ),
}


@pytest.mark.parametrize(("make", "parts"), FROM_A_RUN.values(), ids=FROM_A_RUN.keys())
def test_what_does_not_fit_an_earlier_run_is_refused(
    desk: Desk,
    finished_sr: Path,
    make: Callable[[Desk, Path], Words],
    parts: list[str],
    invoke: Callable[..., Any],
) -> None:
    tifffile.imwrite(desk.folder / "x.tif", desk.colour[..., 0])
    refuse([desk.folder, finished_sr], make(desk, finished_sr), parts, invoke)


def test_one_method_does_not_go_on_with_the_others_run(
    desk: Desk, finished_run: Path, finished_sr: Path, painting: Any, invoke: Callable[..., Any]
) -> None:
    separation = ["train-sep", *painting.options, "--out", finished_sr, "--resume"]
    for words, parts in (
        (resume(desk, finished_run), ["a run of train-sr", "a run of train-sep"]),
        (separation, ["a run of train-sep", "a run of train-sr"]),
        (upscale(desk, finished_run), ["separation", "train-sr"]),
    ):
        refuse([finished_run, finished_sr, desk.folder], words, parts, invoke)


def test_the_report_asks_for_maps_that_are_gone(sr_copy: Path, invoke: Callable[..., Any]) -> None:
    record = sr_copy / "provenance.json"
    record.write_text(record.read_text().replace("maps.tif", "moved.tif"))
    refuse([sr_copy], ["report", sr_copy], ["moved.tif", "no such file"], invoke)


def test_negative_counts_and_missing_names_are_remarked_on(
    desk: Desk, finished_sr: Path, invoke: Callable[..., Any]
) -> None:
    result = invoke(*upscale(desk, finished_sr, desk.changed(1, -3)))
    assert result.code == 0, result.err
    assert "Note: negative counts kept: Hg-L: 1 of 360, lowest -3" in result.err
    result = invoke("degrade", "--maps", desk.maps(labels=[]), "--out", desk.folder / "d")
    assert result.code == 0, result.err
    assert "names no elements" in result.err
    assert "--names" in result.err


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        (("pretraining.learning_rate=1e30", "pretraining.clip_weights=null"), "pretraining."),
        (("adversarial.generator_rate=1e30",), "adversarial.generator_rate"),
    ],
)
def test_a_run_that_diverges_names_the_settings_of_its_stage(
    desk: Desk, settings: tuple[str, ...], advice: str, invoke: Callable[..., Any]
) -> None:
    steps = ("pretraining.steps=4", "training.steps_per_call=1")
    result = invoke(*desk.set(*settings, *steps), "--truth", desk.folder)
    assert result.code == 1, result
    assert "diverged between steps" in result.err
    assert "not finite" in result.err
    assert advice in result.err
    assert "Traceback" not in result.err
    assert not (desk.out / "maps.tif").exists()
