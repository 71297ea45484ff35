"""The examples of the ZeroMQ Guide's patterns work as described."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

PATTERNS = Path(__file__).parents[3] / "examples" / "patterns"

SHOWN = {
    "clone.py": ["True {b'a': b'1', b'b': b'2'}"],
    "freelance.py": ["no reply: ask the next server", "b'ONE'", "b'TWO'"],
    "ironhouse.py": ["b'hello from Alice'", "a stranger: HANDSHAKE_FAILED_AUTH 400"],
    "last_value_cache.py": ["[b'price.A', b'3']"],
    "lazy_pirate.py": ["no reply: try again", "b'HELLO'"],
    "majordomo.py": ["[b'resize', b'picture']", "[b'echo', b'hello']"],
    "paranoid_pirate.py": ["10 replies, the last one b'REQUEST 9'"],
    "suicidal_snail.py": ["too slow: the news is older than 0.2 s"],
    "titanic.py": ["before: [b'300']", "after: [b'200', b'HELLO']"],
}
"""The lines that each program prints, in this order.  On a busy machine it may report more missing replies between."""


def test_all_patterns_are_tested() -> None:
    assert {path.name for path in PATTERNS.glob("*.py")} == set(SHOWN)


@pytest.mark.parametrize(("script", "shown"), SHOWN.items())
def test_a_pattern_shows_what_it_is_for(script: str, shown: list[str], run_example: Callable[..., str]) -> None:
    lines = iter(run_example(f"patterns/{script}").splitlines())
    assert [line for line in shown if line in lines] == shown  # each is searched for after the previous one
