"""Settings of the documentation's site, which `make docs` builds with Sphinx."""

import os
import re
from importlib.metadata import version as installed_version
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # the reference imports TensorFlow
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

project = "tfpaintsep"
author = "The tfpaintsep authors"
copyright = f"{author}. Apache-2.0"
release = installed_version(project)

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["decisions/README.md"]  # the same list, for readers of the repository
myst_heading_anchors = 4

default_role = "code"  # docstrings write names as `name`, as Markdown does
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_preserve_defaults = True
napoleon_use_ivar = True  # a field is not described twice, as attribute and by its type

html_theme = "furo"  # no fonts and no scripts from elsewhere; dark and light
html_title = project
html_copy_source = False
html_show_sphinx = False


def as_prose(
    app: Any, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Keep text from being taken for markup, before napoleon reads it.

    |x| is a norm, not a substitution; and "word: text" about a field is no type and description.
    """
    parts = re.split(r"(`[^`]+`)", "\n".join(lines))
    parts[::2] = [part.replace("|", r"\|") for part in parts[::2]]
    lines[:] = "".join(parts).split("\n")
    if what in {"attribute", "data", "property"}:
        lines[:0] = ["..", ""]  # an empty comment: the first line has no colon


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", as_prose, priority=400)
