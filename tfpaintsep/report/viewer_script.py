"""The script of a page with a viewer: its files as one text, and the hash that lets it run."""

import base64
import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cmcrameri import cm
from matplotlib.colors import Colormap, to_hex

_HERE = Path(__file__).parent
_COMPONENT = _HERE / "vendor" / "img-comparison-slider" / "index.js"
# A file may use what an earlier one declares.
_FILES = (
    *("view", "contrast", "picture", "scale_bar", "strip", "pane", "gestures"),
    *("curtain", "contrast_controls", "live_figure", "groups", "toolbar", "viewer"),
)


@dataclass(frozen=True)
class Script:
    """A script as a page carries it.

    Attributes:
        text: What stands between the tags.
        hash: For the `script-src` of the page's Content-Security-Policy: no other script runs.
    """

    text: str
    hash: str


@lru_cache(maxsize=1)
def viewer_script() -> Script:
    """Put the viewer together: the vendored curtain, the colours of the scales, our own files."""
    ramps = {ramp.name: _colours(ramp) for ramp in (cm.vik, cm.lajolla)}
    own = "\n".join(
        (_HERE / "viewer" / f"{name}.js").read_text(encoding="utf-8") for name in _FILES
    )
    # A source map would be a request to another file.
    component = _COMPONENT.read_text(encoding="utf-8").partition("//# sourceMappingURL")[0]
    text = (
        f"{component}\n(() => {{\n"
        f'"use strict";\nconst RAMPS = {json.dumps(ramps)};\n{own}\n}})();\n'
    )
    digest = hashlib.sha256(text.encode()).digest()
    return Script(text, f"'sha256-{base64.b64encode(digest).decode()}'")


def _colours(ramp: Colormap) -> list[str]:
    return [to_hex(ramp(i / 255)) for i in range(256)]
