"""The examples run by themselves and end."""

from __future__ import annotations

from collections.abc import Callable


def test_asyncio_server_answers_all_its_clients(run_example: Callable[..., str]) -> None:
    printed = run_example("eventloop/asyncio_server.py")
    assert "50 clients have got 200 answers; their sum is 177100" in printed


def test_tornado_page_shows_messages_as_they_come(run_example: Callable[..., str]) -> None:
    printed = run_example("eventloop/tornado_page.py")
    assert "the page says Live messages\nthe browser shows message 1\nthe browser shows message 2\n" in printed
