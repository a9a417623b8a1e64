"""The viewer of a report page: mouse, wheel and keys in a real browser."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

HEIGHT, WIDTH = 60, 80  # of the pictures of the page, px


def test_curtain_follows_a_drag_of_its_knob_and_shows_both_pictures(opened: Any) -> None:
    opened.page.select_option("#viewer-left", "photograph")
    opened.page.select_option("#viewer-right", "radiograph")
    red, _, blue = opened.colour(0.4, 0.5)
    assert red > blue + 80
    x, y = opened.middle()
    opened.page.mouse.move(x, y)
    opened.page.mouse.down()
    opened.page.mouse.move(x - 300, y, steps=5)
    opened.page.mouse.up()
    box = opened.curtain.bounding_box()
    assert opened.share == pytest.approx(50 - 100 * 300 / box["width"], abs=1.5)
    assert opened.curtain.get_attribute("aria-valuenow") == str(round(opened.share))
    red, _, blue = opened.colour(0.4, 0.5)
    assert abs(red - blue) < 12
    assert opened.views() == {"0.5000 0.5000 1.0000"}


def test_wheel_zooms_all_pictures_about_the_pointer(opened: Any) -> None:
    opened.page.wait_for_timeout(450)  # a wheel that follows a scroll goes on scrolling
    x, y = opened.middle()
    box = opened.curtain.bounding_box()
    opened.page.mouse.move(x + 100, y)
    place = "([x, y]) => document.getElementById('viewer-values').textContent"
    opened.page.mouse.move(x + 101, y)
    before = opened.page.evaluate(place, [x, y])
    opened.page.mouse.wheel(0, -400)
    opened.page.mouse.move(x + 101, y + 0.1)
    assert opened.zoom() == pytest.approx(np.exp(0.5), rel=0.01)
    assert opened.page.evaluate(place, [x, y]).split("·")[0] == before.split("·")[0]
    # Moved by a drag: the pictures go with the pointer, the curtain stays.
    (view,) = opened.views()
    opened.page.mouse.down()
    opened.page.mouse.move(x + 181, y, steps=4)
    opened.page.mouse.up()
    (moved,) = opened.views()
    assert float(moved.split()[0]) < float(view.split()[0]) - 0.3 * 80 / box["width"]
    assert opened.share == 50
    # The pictures further down, drawn when they come into sight, show the same part.
    opened.page.locator("#surface").scroll_into_view_if_needed()
    assert opened.views() == {moved}
    opened.page.locator("#disagreement-surface-patches").scroll_into_view_if_needed()
    assert opened.views() == {moved}


def test_zoom_ends_where_embedded_pixels_are_squares(opened: Any) -> None:
    for _ in range(12):
        opened.page.click("[data-act=in]")
    zoom = opened.zoom()
    embedded = int(opened.page.get_attribute("#radiograph", "data-width"))
    box = opened.curtain.bounding_box()
    assert zoom * min(box["width"], box["height"] * WIDTH / HEIGHT) > 8 * embedded
    opened.page.click("[data-act=fit]")
    assert opened.zoom() == 1


def test_keys_do_what_the_mouse_does(opened: Any) -> None:
    press = opened.page.keyboard.press
    opened.curtain.focus()
    for key, share in (("ArrowLeft", 48), ("Shift+ArrowRight", 58), ("End", 100), ("Home", 0)):
        press(key)
        assert opened.share == share
    assert opened.curtain.get_attribute("role") == "slider"
    assert "computed hypothesis" in opened.curtain.get_attribute("aria-label")
    press("+")
    press("+")
    assert opened.zoom() == pytest.approx(1.25**2)
    press("d")
    (view,) = opened.views()
    assert float(view.split()[0]) > 0.5
    press("0")
    assert opened.views() == {"0.5000 0.5000 1.0000"}
    # A picture below: its own arrows move.
    picture = opened.page.locator("#surface canvas")
    picture.focus()
    press("+")
    press("ArrowDown")
    (view,) = opened.views()
    assert float(view.split()[1]) > 0.5
    outline = picture.evaluate("element => getComputedStyle(element).outlineStyle")
    assert outline == "solid"


def test_every_control_can_be_reached_by_tab_and_has_a_name(opened: Any) -> None:
    named = opened.page.evaluate(
        "() => [...document.querySelectorAll('#viewer :is(button, select, input)')]"
        ".filter(one => one.offsetParent).map(one => (one.getAttribute('aria-label')"
        " || one.labels?.[0]?.textContent || one.textContent).trim())"
    )
    assert len(named) > 15
    assert all(named)
    reached = set()
    opened.page.locator("#viewer-left").focus()
    for _ in range(len(named)):
        reached.add(opened.page.evaluate("() => document.activeElement.id || 'other'"))
        opened.page.keyboard.press("Tab")
    assert {"viewer-left", "viewer-swap", "viewer-right", "viewer-curtain"} <= reached


def test_contrast_is_stretched_said_in_units_and_undone(opened: Any) -> None:
    opened.page.select_option("#viewer-left", "surface")
    low, high = opened.page.locator("#viewer-left-contrast input[type=range]").all()
    words = opened.page.locator("#viewer-left-contrast output")
    before = opened.colour(0.4, 0.5)
    assert words.all_inner_texts() == ["0", "20,000"]
    high.fill("128")
    assert 9_800 < float(words.all_inner_texts()[1].replace(",", "")) < 10_200
    assert opened.colour(0.4, 0.5)[0] > 1.6 * before[0]
    shown = opened.page.locator("#surface .as-seen span").all_inner_texts()
    assert shown[1] == words.all_inner_texts()[1]
    low.fill("200")  # the ends never meet
    assert int(high.input_value()) == 201
    opened.page.click("#viewer-left-contrast button")
    assert opened.colour(0.4, 0.5) == before
    opened.page.check("#viewer-left-contrast input[type=checkbox]")
    assert opened.colour(0.4, 0.5)[0] == pytest.approx(255 - before[0], abs=3)
    # The other side keeps its own.
    assert opened.page.locator("#viewer-right-contrast input[type=checkbox]").is_checked() is False


def test_white_stays_zero_when_the_contrast_of_differences_changes(opened: Any) -> None:
    opened.page.select_option("#viewer-left", "residual")
    low, high = opened.page.locator("#viewer-left-contrast input[type=range]").all()
    words = opened.page.locator("#viewer-left-contrast output")
    for moved, value, ends in (
        (high, 200, ("55", "200")),
        (low, 100, ("100", "155")),
        (low, 250, ("127", "128")),
        (high, 3, ("127", "128")),
        (high, 255, ("0", "255")),
    ):
        moved.fill(str(value))
        assert (low.input_value(), high.input_value()) == ends
        least, most = (float(text.replace("−", "-")) for text in words.all_inner_texts())
        assert least == pytest.approx(-most, rel=0.01)
    low.fill("90")
    opened.page.check("#viewer-left-contrast input[type=checkbox]")
    assert (low.input_value(), high.input_value()) == ("90", "165")


def test_values_under_the_pointer_are_in_the_radiograph_s_units(opened: Any) -> None:
    opened.page.select_option("#viewer-left", "concealed")
    opened.page.select_option("#viewer-right", "residual")
    x, y = opened.middle()
    opened.settle()
    opened.page.mouse.move(x, y)
    words = opened.page.inner_text("#viewer-values")
    found = re.fullmatch(
        r"x (\d+), y (\d+) px · Concealed layer ≈ ([\d,]+) · Residual ≈ (−?[\d.]+)", words
    )
    assert found
    assert abs(int(found[1]) - WIDTH / 2) <= 1
    expected = 30000 * int(found[2]) / (HEIGHT - 1)
    assert float(found[3].replace(",", "")) == pytest.approx(expected, abs=700)
    assert abs(float(found[4].replace("−", "-"))) < 150


def test_values_of_single_pixels_have_their_own_size_and_sign(
    open_page: Callable[..., Any], shown: dict[str, Any]
) -> None:
    own = shown["grain"].residual
    opened = open_page("grain")
    opened.curtain.scroll_into_view_if_needed()
    opened.page.select_option("#viewer-right", "residual")
    opened.settle()
    x, y = opened.middle()
    read, expected = [], []
    for i in range(60):
        opened.page.mouse.move(x - 300 + 10 * i, y)
        words = opened.page.inner_text("#viewer-values")
        found = re.search(r"x (\d+), y (\d+) px.*Residual [≈≤≥] (−?[\d.]+)$", words)
        assert found, words
        read.append(float(found[3].replace("−", "-")))
        expected.append(own[int(found[2]), int(found[1])])
    # The scale ends at three standard deviations; the picture is a JPEG.
    assert np.abs(np.subtract(read, expected)).max() < 25
    sure = np.abs(expected) > 25
    assert sure.sum() > 20
    assert (np.sign(read) == np.sign(expected))[sure].all()


def test_scale_bar_follows_the_zoom(opened: Any) -> None:
    bar = opened.page.locator("#viewer-curtain canvas").first
    per_mm = []
    for zoom in (1, 1.25**5):
        assert opened.zoom() == pytest.approx(zoom, rel=1e-3)
        number, unit, _, pixels, _ = bar.get_attribute("data-bar").split()
        assert float(number) in {1, 2, 5, 10, 20, 50}
        per_mm.append(float(pixels) / float(number) / {"cm": 10, "mm": 1}[unit])
        opened.curtain.focus()
        for _ in range(5):
            opened.page.keyboard.press("+")
    box = opened.curtain.bounding_box()
    # 80 px of 1 mm; 24 px of the curtain's height are the strip below the picture.
    assert per_mm[0] == pytest.approx(
        min(box["width"], (box["height"] - 24) * 4 / 3) / 80, rel=0.01
    )
    assert per_mm[1] == pytest.approx(per_mm[0] * 1.25**5, rel=0.01)
