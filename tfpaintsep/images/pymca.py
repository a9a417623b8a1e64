"""Fit results of PyMca in HDF5.

PyMca writes an `NXentry` with an `NXprocess` in it, both named by the user (`/images/xrf_fit`
unless told otherwise), and there

    results/parameters/Fe_K          fitted peak areas: these are the maps
    results/uncertainties/Fe_K       s(...)
    results/massfractions/Fe_K       w(...); or molarconcentrations, mM(...)
    results/diagnostics/chisq

so uncertainties and mass fractions carry the very names of the maps: only `parameters` is read.
The attributes `signal` and `auxiliary_signals` list its images in order. Those that belong to no
element (scatter peaks, parameters of the background) are left out.

Reference:
    V. A. Solé et al., "A multiplatform code for the analysis of energy-dispersive X-ray
    fluorescence spectra", Spectrochimica Acta B 62 (2007); NeXus definitions NXprocess, NXdata.
"""

from pathlib import Path

import h5py
import numpy as np

from tfpaintsep.errors import InputError
from tfpaintsep.images.element_names import normalised_name, select_maps
from tfpaintsep.images.element_stack import RawMaps
from tfpaintsep.images.painting import Resolution
from tfpaintsep.images.pixel_size import resolution_from_pixel_size

LAYOUT = "fit results of PyMca: a group <entry>/<process>/results/parameters"
EVEN_STEPS = 0.01
"""Share of a step by which positions of a scan may deviate from an even grid."""


def read_fit_results(path: Path, group: str = "") -> RawMaps:
    """Read the fitted peak areas of every element.

    Args:
        path: The HDF5 file.
        group: The entry or process to read, needed when the file holds several.

    Raises:
        InputError: There are no fit results, several, none of an element, or no images.
        OSError: h5py cannot read the file.
    """
    with h5py.File(path) as file:
        parameters = file[_parameters(path, file, group)]
        signals = _signals(parameters)
        names = [normalised_name(signal) for signal in signals]
        kept, notes = select_maps(names, only_elements=True)
        if not kept:
            raise InputError(
                f"{path}::{parameters.name}",
                expected="maps named by an element and a line, such as Fe_K",
                found=", ".join(signals) or "nothing",
                advice="Fit peaks of elements, and save the results again.",
            )
        datasets = [parameters[signals[i]] for i in kept]
        _check_images(path, datasets)
        units = {_text(dataset.attrs.get("units", "")) for dataset in datasets}
        return RawMaps(
            values=np.stack([dataset[()] for dataset in datasets], axis=-1),
            names=tuple(names[i] for i in kept),
            resolution=_resolution(parameters),
            unit=units.pop() or None if len(units) == 1 else None,
            notes=(f"fitted peak areas read from {parameters.name}", *notes),
        )


def _parameters(path: Path, file: h5py.File, group: str) -> str:
    """The path of the one group of fitted parameters that is meant."""
    found: list[str] = []

    def visit(name: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Group) and name.split("/")[-2:] == ["results", "parameters"]:
            found.append(f"/{name}")

    file.visititems(visit)
    wanted = f"/{group.strip('/')}"
    meant = [name for name in found if wanted == "/" or f"{name}/".startswith(f"{wanted}/")]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise InputError(
            path,
            expected="the results of one fit",
            found=", ".join(meant),
            advice=f"Say which: {path}::{meant[0].removesuffix('/results/parameters')}",
        )
    there = ", ".join(found) or f"groups {', '.join(file) or 'none'}"
    raise InputError(
        path,
        expected=LAYOUT + (f", in {wanted}" if group else ""),
        found=there,
        advice="Give the file that PyMca's batch fit wrote (with HDF5 output), or maps as TIFF.",
    )


def _signals(parameters: h5py.Group) -> list[str]:
    """Names of the images, in the order of NXdata's attributes where it has them."""
    attributes = parameters.attrs
    listed = [*np.ravel(attributes.get("signal", [])), *_list(attributes, "auxiliary_signals")]
    names = [_text(name) for name in listed]
    axes = {_text(name) for name in _list(attributes, "axes")}
    if not names:
        names = [name for name in parameters if name not in axes and not name.endswith("_errors")]
    return [name for name in names if isinstance(parameters.get(name), h5py.Dataset)]


def _check_images(path: Path, datasets: list[h5py.Dataset]) -> None:
    for dataset in datasets:
        if dataset.ndim != 2 or dataset.shape != datasets[0].shape:
            raise InputError(
                f"{path}::{dataset.name}",
                expected="images (rows, columns) of one size"
                + (f", {datasets[0].shape} as the first" if datasets[0].ndim == 2 else ""),
                found=f"an array of shape {dataset.shape}",
                advice="Fit the whole map as one stack.",
            )
        if dataset.dtype.kind not in "uif":
            raise InputError(
                f"{path}::{dataset.name}",
                expected="numbers",
                found=f"values of type {dataset.dtype}",
                advice="Save the results again.",
            )


def _resolution(parameters: h5py.Group) -> Resolution | None:
    """From the positions of rows and columns, where they are given, even and with one unit."""
    axes = [parameters.get(_text(name)) for name in _list(parameters.attrs, "axes")][-2:]
    if len(axes) != 2 or not all(isinstance(a, h5py.Dataset) and a.size > 1 for a in axes):
        return None
    rows, columns = axes
    units = {_text(axis.attrs.get("units", "")) for axis in axes}
    steps = [np.diff(np.asarray(axis, dtype=np.float64).ravel()) for axis in (columns, rows)]
    means = [float(step.mean()) for step in steps]
    even = all(
        np.allclose(step, mean, rtol=EVEN_STEPS) for step, mean in zip(steps, means, strict=True)
    )
    if len(units) != 1 or not even:
        return None
    return resolution_from_pixel_size(abs(means[0]), abs(means[1]), units.pop())


def _list(attributes: h5py.AttributeManager, name: str) -> list[object]:
    return list(np.ravel(attributes.get(name, [])))


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
