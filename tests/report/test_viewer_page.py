"""A report page with a viewer: what it may do; without script, in print, on a phone."""

import base64
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tfpaintsep.report import viewer_script


def test_vendored_files_are_what_their_list_says() -> None:
    folder = Path(viewer_script.__file__).parent / "vendor"
    text = (folder / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"`(img-comparison-slider/\S+)` \| `([0-9a-f]{64})`", text)
    assert len(listed) == 2
    for name, checksum in listed:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == checksum
    assert "MIT License" in (folder / "img-comparison-slider" / "LICENSE").read_text()


def test_only_the_page_s_own_script_may_run(pages: dict[str, Path]) -> None:
    text = pages["layers"].read_text(encoding="utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{digest}'" in policy
    assert "http" not in policy
    assert "sourceMappingURL" not in text
    assert len(re.findall('src="data:', text)) == len(re.findall(r"<img ", text))
    assert len(set(re.findall(r'src="(data:[^"]*)"', text))) == len(re.findall(r"<img ", text))


def test_nothing_may_leave_the_page(
    browser: Any, opened: Any, pages: dict[str, Path], tmp_path: Path
) -> None:
    text = pages["layers"].read_text(encoding="utf-8")
    without = tmp_path / "without.html"
    without.write_text(re.sub(r"<meta http-equiv[^>]*>", "", text), encoding="utf-8")
    control = browser.new_page()
    control.goto(without.as_uri())
    # Whatever gets out is answered, so that nothing but the page's own policy can hold it back.
    answer = {"status": 200, "headers": {"Access-Control-Allow-Origin": "*"}, "body": "here"}
    found = []
    for page in (control, opened.page):
        page.route("http://elsewhere.example/**", lambda route: route.fulfill(**answer))
        found.append(
            page.evaluate(
                "() => fetch('http://elsewhere.example/')"
                ".then(() => 'reached', error => String(error))"
            )
        )
    control.close()
    assert found[0] == "reached"
    assert "reached" not in found[1]
    reported = [text for text in opened.troubles if "Content Security Policy" in text]
    assert reported
    opened.troubles.clear()
    opened.requests[:] = [opened.uri]


def test_without_script_the_pictures_stand_as_they_are(open_page: Callable[..., Any]) -> None:
    still = open_page("layers", java_script_enabled=False)
    assert not still.page.locator("#viewer").is_visible()
    assert still.page.locator("#concealed img").is_visible()
    assert still.page.locator(".lively").first.is_visible() is False
    still.page.click("#concealed .enlarge")
    box = still.page.locator("#concealed").bounding_box()
    assert (box["width"], box["height"]) == (1200, 900)


def test_print_shows_the_pictures_as_made(opened: Any) -> None:
    opened.page.emulate_media(media="print")
    assert not opened.page.locator("#viewer").is_visible()
    assert opened.page.locator("#concealed img").is_visible()
    assert not opened.page.locator("#concealed canvas").is_visible()


def test_a_phone_shows_all_without_scrolling_sideways_and_pinches(
    open_page: Callable[..., Any],
) -> None:
    phone = open_page("layers", viewport={"width": 390, "height": 800}, has_touch=True)
    assert phone.page.evaluate("() => document.documentElement.scrollWidth") <= 390
    phone.curtain.scroll_into_view_if_needed()
    x, y = phone.middle()
    session = phone.context.new_cdp_session(phone.page)
    for kind, apart in (("touchStart", 60), ("touchMove", 90), ("touchMove", 120)):
        points = [
            {"x": x - 60 - apart / 2, "y": y, "id": 1},
            {"x": x - 60 + apart / 2, "y": y, "id": 2},
        ]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert phone.zoom() == pytest.approx(2, rel=0.15)


def test_elements_are_chosen_one_at_a_time(open_page: Callable[..., Any]) -> None:
    opened = open_page("elements")
    page = opened.page

    def chosen() -> tuple[str, str]:
        return page.input_value("#viewer-left"), page.input_value("#viewer-right")

    def visible() -> list[bool]:
        return [page.locator(f"#computed-{i} canvas").is_visible() for i in range(3)]

    assert chosen() == ("measured-0", "computed-0")
    assert visible() == [True, False, False]
    page.click("#viewer-next")
    assert chosen() == ("measured-1", "computed-1")
    assert visible() == [False, True, False]
    page.select_option("#viewer-left", "photograph")
    page.select_option("#viewer-group", "Ca-K")
    assert chosen() == ("photograph", "computed-2")
    page.select_option("#viewer-right", "computed-0")  # another element's map beside it
    assert chosen() == ("photograph", "computed-0")
    page.select_option("#viewer-group", "*")
    assert visible() == [True, True, True]
    page.click("#detail-1 button >> text=right")
    assert chosen() == ("photograph", "detail-1")
    assert "no resolution tag" in page.inner_text("#viewer")
