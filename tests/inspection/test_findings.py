"""A made fault is found and named; what has no fault gets no warning."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest
from scipy.ndimage import rotate

from tfpaintsep.images import ElementStack, Photograph, Radiograph, Resolution
from tfpaintsep.inspection.before_training import before_separation, before_super_resolution
from tfpaintsep.inspection.borders import find_border
from tfpaintsep.inspection.finding import Finding, Severity
from tfpaintsep.inspection.maps import on_maps
from tfpaintsep.inspection.pairs import on_maps_and_photograph, on_radiograph_and_photograph
from tfpaintsep.inspection.reading import Storage
from tfpaintsep.inspection.registration import Pair
from tfpaintsep.inspection.single import on_photograph, on_radiograph

PAIR = Pair("x.tif", "rgb.tif")
BYTES, FLOATS = Storage("uint8"), Storage("float32")


def grave(findings: Iterable[Finding]) -> list[str]:
    """What warnings and refusals are about."""
    return [one.key for one in findings if one.severity in (Severity.REFUSED, Severity.WARNING)]


def stored(radiograph: Radiograph, values: np.ndarray, dtype: type = np.uint16) -> Radiograph:
    full = float(np.iinfo(dtype).max)
    return replace(
        radiograph, values=values.astype(np.float32), gain=full, stored_dtype=np.dtype(dtype)
    )


def test_a_painting_without_faults_gets_no_warning(
    radiograph: Radiograph, photograph: Photograph, maps: ElementStack
) -> None:
    findings = [
        *on_radiograph("x", radiograph),
        *on_photograph("rgb", photograph, BYTES),
        *on_maps("maps", maps, FLOATS),
        *on_radiograph_and_photograph(PAIR, radiograph, photograph),
        *on_maps_and_photograph(PAIR, maps, photograph),
    ]
    assert grave(findings) == []
    good = {one.key for one in findings if one.severity is Severity.GOOD}
    assert {"registration", "scale"} <= good
    assert before_separation(radiograph, photograph) == []
    assert before_super_resolution(maps, photograph) == []


def test_depth_that_is_not_used_is_found(radiograph: Radiograph) -> None:
    twelve = on_radiograph("x", stored(radiograph, np.floor(radiograph.values / 16)))
    assert grave(twelve) == ["depth"]
    assert "12 of 16 bits" in twelve[0].found
    assert "by 16" in twelve[0].advice
    padded = on_radiograph("x", stored(radiograph, 16 * np.floor(radiograph.values / 16)))
    assert "every 16th value, as a 12-bit scan has" in padded[0].found
    eight = on_radiograph("x", stored(radiograph, 257 * np.floor(radiograph.values / 257)))
    assert "as an 8-bit scan has" in eight[0].found
    narrow = np.round(radiograph.values / 65535 * 60)
    stretched = stored(radiograph, np.round(narrow * 255 / narrow.max()), np.uint8)
    assert any("stretched" in one.found for one in on_radiograph("x", stretched))


@pytest.mark.parametrize(("end", "limit"), [("dark", 10), ("bright", 90)])
def test_clipping_is_found_at_either_end(end: str, limit: int, radiograph: Radiograph) -> None:
    value = np.percentile(radiograph.values, limit)
    clip = np.maximum if end == "dark" else np.minimum
    # the limit lies within the type's range: only the pile there shows it
    [finding] = [
        one
        for one in on_radiograph("x", stored(radiograph, clip(radiograph.values, np.round(value))))
        if one.key == "clipping"
    ]
    assert finding.severity is Severity.WARNING
    assert end in finding.found
    assert 0.05 < float(finding.found.split("%")[0]) / 100 < 0.11


def test_a_border_is_measured_and_is_not_clipping(radiograph: Radiograph) -> None:
    values = np.pad(radiograph.values, ((12, 0), (0, 30)))
    border = find_border(values)
    assert (border.top, border.right, border.bottom, border.left) == (12, 30, 0, 0)
    np.testing.assert_array_equal(border.inside(values), radiograph.values)
    assert border.share == pytest.approx(1 - radiograph.values.size / values.size)
    assert border.recorded(values).size == radiograph.values.size
    assert grave(on_radiograph("x", stored(radiograph, values))) == ["border"]


def test_pictures_of_two_values_are_judged(radiograph: Radiograph) -> None:
    values = np.zeros((120, 120), np.float32)
    values[:, 60:] = 255
    assert "border" in grave(on_radiograph("x", stored(radiograph, values)))
    colours = Photograph(np.repeat(values[..., None] / 255, 3, axis=-1))
    assert "colour" in grave(on_photograph("rgb", colours, BYTES))


def test_wedges_of_a_rotation_are_a_border(photograph: Photograph) -> None:
    turned = np.clip(rotate(photograph.values, 4, reshape=False, order=1), 0, 1)
    findings = on_photograph("rgb", Photograph(turned.astype(np.float32)), BYTES)
    assert grave(findings) == ["border"]
    assert "wedges" in next(one for one in findings if one.key == "border").found


def test_resolution_that_is_missing_or_oblong_is_found(radiograph: Radiograph) -> None:
    [missing] = on_radiograph("x", replace(radiograph, resolution=None))
    assert (missing.key, missing.severity) == ("resolution", Severity.NOTE)
    oblong = replace(radiograph, resolution=Resolution(600, 300, "inch"))
    assert grave(on_radiograph("x", oblong)) == ["resolution"]


def test_a_photograph_without_colour_or_in_another_profile(photograph: Photograph) -> None:
    grey = photograph.values.mean(axis=-1, keepdims=True)
    faint = (grey + 0.02 * (photograph.values - grey)).astype(np.float32)
    assert grave(on_photograph("rgb", Photograph(faint), BYTES)) == ["colour"]
    found = on_photograph("rgb", photograph, Storage("uint8", "Adobe RGB (1998)"))
    assert [one.key for one in found] == ["profile"]
    assert on_photograph("rgb", photograph, Storage("uint8", "sRGB IEC61966-2.1")) == []


def test_faults_of_maps_are_found(maps: ElementStack) -> None:
    strong = int(np.argmax(maps.values.mean(axis=(0, 1))))
    cut = maps.values.copy()
    cut[..., strong] = np.minimum(cut[..., strong], np.percentile(cut[..., strong], 90))
    found = on_maps("m", replace(maps, values=cut), FLOATS)
    assert grave(found) == ["counts"]
    assert f"saturated: {maps.names[strong]}" in next(o.found for o in found if o.key == "counts")

    low = maps.values.copy()
    low[..., 0] -= np.percentile(low[..., 0], 20)
    below = on_maps("m", replace(maps, values=low), FLOATS)
    assert grave(below) == ["counts"]
    assert "negative counts" in below[0].found

    empty = maps.values.copy()
    empty[..., -1] = 0
    refused = [o for o in on_maps("m", replace(maps, values=empty), FLOATS) if o.key == "counts"]
    assert [one.severity for one in refused] == [Severity.REFUSED]

    assert "8 bits" in on_maps("m", maps, BYTES)[0].found


def test_names_that_are_none_of_elements_are_found(maps: ElementStack) -> None:
    odd = replace(maps, names=("Scatter", *maps.names[1:]))
    assert grave(on_maps("m", odd, FLOATS)) == ["names"]
    unnamed = replace(maps, names=tuple(f"band-{i + 1}" for i in range(maps.bands)))
    [finding] = [one for one in on_maps("m", unnamed, FLOATS) if one.key == "names"]
    assert "--names" in finding.advice


def test_a_map_of_noise_is_named(maps: ElementStack) -> None:
    noise = np.random.default_rng(0).poisson(3, maps.size).astype(np.float32)
    values = np.concatenate([maps.values, noise[..., None]], axis=-1)
    found = on_maps("m", replace(maps, values=values, names=(*maps.names, "As-K")), FLOATS)
    assert any(one.key == "noise" and "As-K" in one.found for one in found)


def test_other_sizes_are_refused(
    radiograph: Radiograph, photograph: Photograph, maps: ElementStack
) -> None:
    half = Photograph(np.ascontiguousarray(photograph.values[::2, ::2]))
    [finding] = on_radiograph_and_photograph(PAIR, radiograph, half)
    assert finding.severity is Severity.REFUSED
    assert "0.5 times as large, in the same proportions" in finding.found
    cropped = Photograph(np.ascontiguousarray(photograph.values[3:]))
    [finding] = on_maps_and_photograph(PAIR, maps, cropped)
    assert finding.severity is Severity.REFUSED
    assert "240 x 240" in finding.advice
    small = Photograph(np.ascontiguousarray(photograph.values[:50, :50]))
    [finding] = on_maps_and_photograph(PAIR, maps, small)
    assert finding.severity is Severity.REFUSED


def test_tags_that_disagree_are_found(
    radiograph: Radiograph, photograph: Photograph, maps: ElementStack
) -> None:
    other = replace(photograph, resolution=Resolution(300, 300, "inch"))
    assert grave(on_radiograph_and_photograph(PAIR, radiograph, other)) == ["resolution"]
    assert grave(on_maps_and_photograph(PAIR, maps, other)) == ["resolution"]


def test_a_radiograph_made_of_the_photograph_is_doubted(
    radiograph: Radiograph, photograph: Photograph
) -> None:
    copy = stored(
        radiograph, np.round(65535 * photograph.values @ np.array([0.3, 0.6, 0.1], np.float32))
    )
    assert "explained" in grave(on_radiograph_and_photograph(PAIR, copy, photograph))
    inverted = replace(copy, values=np.float32(65535) - copy.values)
    found = on_radiograph_and_photograph(PAIR, inverted, photograph)
    assert any(one.key == "polarity" and "--polarity positive" in one.advice for one in found)


def test_training_says_what_spoils_a_result(
    radiograph: Radiograph, photograph: Photograph, maps: ElementStack
) -> None:
    striped = radiograph.values.copy()
    striped[1::2] *= 1.05
    off = replace(photograph, values=np.roll(photograph.values, 9, axis=1))
    said = before_separation(replace(radiograph, values=striped), off)
    assert ["stronger" in said[0], " off: " in said[1]] == [True, True]
    said = before_super_resolution(maps, off)
    assert len(said) == 1
    assert "lies 9" in said[0] or "lies 8" in said[0]


def test_training_says_when_register_cannot_be_told(
    radiograph: Radiograph, photograph: Photograph
) -> None:
    noise = np.random.default_rng(0).uniform(0, 1, photograph.values.shape)
    (said,) = before_separation(radiograph, replace(photograph, values=noise.astype(np.float32)))
    assert said.startswith("cannot tell whether they are in register")
