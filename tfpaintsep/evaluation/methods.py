"""What every method in the comparison is: one function from a painting's images to a result.

A method sees what a user has, never the truth. It is told how long it may learn and which seed to
use, and nothing else, so all are compared under the same conditions.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.float32]


@dataclass(frozen=True)
class Budget:
    """What a method may spend.

    Attributes:
        seconds: Of learning, by the clock. A method whose own schedule is shorter stops there;
            one whose schedule is longer stops in time.
        seed: Of whatever is random.
        report: Called with the share of the work done, 0 to 1, and a few words; for progress.
    """

    seconds: float = 120.0
    seed: int = 0
    report: Callable[[float, str], None] = field(default=lambda share, words: None)


class Layers(NamedTuple):
    """Two layers of a mixed radiograph, (h, w) each, in units of the stored gain."""

    surface: Image
    concealed: Image


Separate = Callable[[Image, Image, Budget], Layers]
"""From x, (h, w) in units of the gain, and r, (h, w, 3) in [0, 1]."""

Upscale = Callable[[Image, Image, Budget], Image]
"""From coarse maps (h, w, B), in any units, and the photograph (s h, s w, 3) in [0, 1], to fine
maps (s h, s w, B) in the maps' units."""


Run = TypeVar("Run", Separate, Upscale)


@dataclass(frozen=True)
class Method(Generic[Run]):
    """A row of the table.

    Attributes:
        name: A short name for files and `--methods`, lower case, hyphens.
        title: What the table calls it.
        run: `Separate` or `Upscale`.
        source: Where it is published, with the equation or section; or "trivial".
        learned: Whether it trains under a budget and depends on a seed; others run once.
        note: What a reader of the table must know (a departure from the source), or "".
    """

    name: str
    title: str
    run: Run
    source: str
    learned: bool = False
    note: str = ""


def lazily(module: str, name: str, **settings: Any) -> Callable[..., Any]:
    """A function of a module of `peers`, imported when it is called: names are listed at once.

    Args:
        module: Without the package, such as "cista".
        name: Of the function.
        settings: Further arguments by name.
    """

    def run(*arguments: Any) -> Any:
        package = f"{__package__}.peers.{module}"
        return getattr(import_module(package), name)(*arguments, **settings)

    return run


def by_name(methods: Iterable[Method[Run]]) -> dict[str, Method[Run]]:
    """Methods by their names, in the table's order.

    Raises:
        ValueError: If two have the same name.
    """
    named: dict[str, Method[Run]] = {}
    for method in methods:
        if method.name in named:
            raise ValueError(f"two methods are called {method.name}")
        named[method.name] = method
    return named
