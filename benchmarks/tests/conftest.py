"""Lets the tests import the scripts in the folder above, whichever import mode pytest is configured with."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
