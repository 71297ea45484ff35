"""The manual, built by Sphinx: ``nox -s docs``."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import zmq
from zmq import _enums

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "_extensions"))

for enum in _enums.__all__:  # autodoc looks for the texts of members in the module that their class names
    getattr(_enums, enum).__module__ = _enums.__name__

project = "zmq"
author = "The zmq developers"
copyright = "The zmq developers"
release = version = zmq.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinx_design",
    "api_tables",
    "complete",
    "platforms",
    "tidy",
    "stub_signatures",
]
exclude_patterns = ["_build"]
# Several modules have a Socket, and zmq.green passes on the errors of zmq: any of them is a good target.
suppress_warnings = ["ref.python"]

myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist", "fieldlist", "substitution"]
myst_heading_anchors = 3
myst_substitutions = {"version": release}

# Links into the manuals of Python and others need the network: the workflow that publishes the site sets this.
if os.environ.get("DOCS_INTERSPHINX"):
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "tornado": ("https://www.tornadoweb.org/en/stable", None),
        "anyio": ("https://anyio.readthedocs.io/en/stable", None),
        "gevent": ("https://www.gevent.org", None),
    }

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_class_signature = "separated"
autodoc_default_options = {"members": True}
napoleon_google_docstring = True
napoleon_numpy_docstring = False

toc_object_entries_show_parents = "hide"  # bind(), not Socket.bind(): names are long

html_title = f"zmq {release}"
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["manual.css"]
html_theme_options = {"source_directory": "docs/", "navigation_with_keys": True}

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
