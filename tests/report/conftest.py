"""Report pages with a viewer, and the real browser that opens them."""

import io
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tfpaintsep.report import ElementPictures, Pictures, write_element_report, write_report

HEIGHT, WIDTH, SCALE = 60, 80, 4
IN_SIGHT = (
    "one => one.getBoundingClientRect().top < innerHeight && one.getBoundingClientRect().bottom > 0"
)
NAMES = ("Pb-L", "Hg-L", "Ca-K")


def layers() -> Pictures:
    """A surface that brightens to the right, a concealed layer that brightens downwards."""
    across = np.broadcast_to(np.linspace(0, 20000, WIDTH, dtype=np.float32), (HEIGHT, WIDTH))
    down = np.broadcast_to(np.linspace(0, 30000, HEIGHT, dtype=np.float32)[:, None], across.shape)
    residual = np.random.default_rng(0).normal(0, 50, across.shape).astype(np.float32)
    return Pictures(
        photograph=np.full((HEIGHT, WIDTH, 3), (0.8, 0.2, 0.1), np.float32),
        mixture_input=across + down + residual,
        surface=across,
        concealed=down,
        residual=residual,
        gain=65535.0,
        pixel_size_mm=1.0,
        disagreement={"surface_patches": np.abs(residual)},
    )


def grain() -> Pictures:
    """Noise in single pixels, on a page that neither enlarges nor reduces it."""
    size = (70, 1500)
    residual = np.random.default_rng(0).normal(0, 50, size).astype(np.float32)
    flat = np.zeros(size, np.float32)
    return Pictures(
        photograph=np.zeros((*size, 3), np.float32),
        mixture_input=residual,
        surface=flat,
        concealed=flat,
        residual=residual,
        gain=65535.0,
    )


def elements() -> ElementPictures:
    rng = np.random.default_rng(0)
    coarse = rng.uniform(0, 100, (HEIGHT // SCALE, WIDTH // SCALE, 3)).astype(np.float32)
    return ElementPictures(
        photograph=rng.uniform(0, 1, (HEIGHT, WIDTH, 3)).astype(np.float32),
        coarse=coarse,
        maps=coarse.repeat(SCALE, 0).repeat(SCALE, 1),
        names=NAMES,
        scale=SCALE,
        unit="counts",
    )


@pytest.fixture(scope="session")
def shown() -> dict[str, Pictures]:
    """What the pages of separations show."""
    return {"layers": layers(), "grain": grain()}


@pytest.fixture(scope="session")
def pages(shown: dict[str, Pictures], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    given: dict[str, Any] = {
        "title": "A portrait",
        "history": [],
        "scores": None,
        "provenance": {},
        "findings": [],
        "notes": [],
    }
    paths = {name: folder / f"{name}.html" for name in (*shown, "elements")}
    for name, pictures in shown.items():
        write_report(paths[name], pictures=pictures, **given)
    agreement = {"rms": 1e-8, "largest": 3e-7}
    write_element_report(paths["elements"], pictures=elements(), consistency=agreement, **given)
    return paths


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium, the system's own where there is one.

    For one module at a time: while it is open, nothing else can run an asyncio loop.
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "chrome"))), None)
    with sync_api.sync_playwright() as playwright:
        path = found or playwright.chromium.executable_path
        if not Path(path).is_file():
            pytest.skip("there is no Chromium on this machine")
        browser = playwright.chromium.launch(executable_path=path)
        yield browser
        browser.close()


class Opened:
    """A page in the browser, and whatever it tried that it must not."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        settings = {"viewport": {"width": 1200, "height": 900}} | options
        self.context = browser.new_context(**settings)
        self.page = self.context.new_page()
        self.troubles: list[str] = []
        self.requests: list[str] = []
        self.page.on("pageerror", lambda error: self.troubles.append(str(error)))
        self.page.on("console", lambda message: self.troubles.append(message.text))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.uri = path.as_uri()

    @property
    def curtain(self) -> Any:
        return self.page.locator("#viewer-curtain")

    @property
    def share(self) -> float:
        """Where the curtain hangs, percent of its width."""
        return float(self.curtain.evaluate("element => element.value"))

    def settle(self) -> None:
        """Wait until all that was asked for is drawn."""
        self.page.evaluate(
            "() => new Promise(done => { let left = 6;"
            "const wait = () => left-- ? requestAnimationFrame(wait) : done(); wait(); })"
        )
        self.page.wait_for_timeout(60)

    def views(self) -> set[str]:
        """What part of their picture the panes in sight have drawn: "x y zoom"."""
        self.settle()
        self.page.wait_for_function(
            f"() => [...document.querySelectorAll('canvas')].filter({IN_SIGHT})"
            ".every(one => one.dataset.seen)"
        )
        return set(
            self.page.eval_on_selector_all(
                "canvas",
                f"all => all.filter({IN_SIGHT}).map(one => one.dataset.seen)",
            )
        )

    def zoom(self) -> float:
        (view,) = self.views()
        return float(view.split()[2])

    def middle(self) -> tuple[float, float]:
        box = self.curtain.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def colour(self, x: float, y: float) -> tuple[int, int, int]:
        """Colour of the page as shown, at shares of the curtain's width and height."""
        self.settle()
        with Image.open(io.BytesIO(self.curtain.screenshot())) as image:
            place = (int(x * image.width), int(y * image.height))
            found = image.convert("RGB").getpixel(place)
        assert isinstance(found, tuple)
        return found[0], found[1], found[2]

    def close(self) -> None:
        """Close it, and hold that it ran in peace and asked for nothing but itself."""
        self.context.close()
        assert self.troubles == []
        assert {url for url in self.requests if not url.startswith("data:")} == {self.uri}


@pytest.fixture
def open_page(browser: Any, pages: dict[str, Path]) -> Iterator[Callable[..., Opened]]:
    """`open_page("layers", **options of a browser's context)`: closed again after the test."""
    opened: list[Opened] = []

    def open_one(name: str, **options: Any) -> Opened:
        opened.append(Opened(browser, pages[name], **options))
        return opened[-1]

    yield open_one
    for page in opened:
        page.close()


@pytest.fixture
def opened(open_page: Callable[..., Opened]) -> Opened:
    """The page of a separation, the curtain in sight."""
    page = open_page("layers")
    page.curtain.scroll_into_view_if_needed()
    return page
