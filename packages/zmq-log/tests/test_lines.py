"""The lines that the viewer prints for a message; in memory."""

from __future__ import annotations

import pytest

from zmq.log._lines import Message, Style, Wanted, parse, plain, render

COLOR = Style(color=True)


def shown(*frames: bytes, style: Style = Style(), time: str = "", width: int = 0) -> str:  # noqa: B008 (frozen)
    return render(parse(frames), style, time=time, width=width)


def test_a_message_is_printed_on_one_line() -> None:
    assert shown(b"app.INFO.db", b"hello\n") == "app.INFO.db | hello\n"
    assert shown(b"INFO", b"hello", style=Style(separator=": ")) == "INFO: hello\n"
    assert shown(b"INFO", "h\u00e9llo \u6f22 \U0001f600\n".encode()) == "INFO | h\u00e9llo \u6f22 \U0001f600\n"


def test_the_time_comes_first_and_topics_are_padded() -> None:
    assert shown(b"INFO", b"hello", time="12:00", width=8) == "12:00 INFO     | hello\n"
    assert shown(b"CRITICAL.db", b"hello", width=8) == "CRITICAL.db | hello\n"


def test_lines_after_the_first_are_indented() -> None:
    assert shown(b"ERROR", b"one\r\ntwo\n\nERROR | three\n") == "ERROR | one\n    two\n    \n    ERROR | three\n"


def test_messages_of_one_or_many_frames_are_printed() -> None:
    assert shown(b"alone") == "alone\n"
    assert shown(b"INFO", b"a\n", b"b") == "INFO | a b\n"
    assert shown(b"", b"") == "\n"
    assert shown(b"") == "\n"


def test_bytes_that_are_not_utf_8_are_escaped() -> None:
    assert shown(b"INFO", b"caf\xe9") == "INFO | caf\\xe9\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("\x1b[31mred\x1b]0;title\x07", r"\x1b[31mred\x1b]0;title\x07"),
        ("a\rb\x08\x7f\0", r"a\rb\x08\x7f\x00"),
        ("\x9b31m", r"\x9b31m"),  # the same, in one character
        ("\u202eabc\u2066", r"\u202eabc\u2066"),  # turns the order of letters
        ("a\u2028b\x0bc\x85d", r"a\u2028b\x0bc\x85d"),  # other ends of lines
        ("\udc80", r"\udc80"),
    ],
)
def test_control_characters_are_escaped(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    "text", ["tab\tstop", "wide\u3000space\u00a0fixed", "\U0001f469\u200d\U0001f680", "\ue0b0", "\\x1b"]
)
def test_printable_text_is_unchanged(text: str) -> None:
    assert plain(text) == text


def test_control_characters_in_topics_are_escaped() -> None:
    assert shown(b"INFO.\x1b[2J\nERROR", b"text") == "INFO.\\x1b[2J\\nERROR | text\n"


@pytest.mark.parametrize(
    ("level", "color"),
    [
        (b"DEBUG", "2"),
        (b"INFO", "32"),
        (b"WARNING", "33"),
        (b"ERROR", "31"),
        (b"CRITICAL", "1;31"),
        (b"Level 35", "33"),
    ],
)
def test_levels_have_colors(level: bytes, color: str) -> None:
    assert shown(b"app." + level, b"text", style=COLOR).startswith(f"\x1b[{color}mapp.{level.decode()} | text\x1b[0m")


def test_each_line_is_colored_separately_and_the_time_is_not() -> None:
    assert shown(b"INFO", b"a\nb", style=COLOR, time="12:00") == "12:00 \x1b[32mINFO | a\x1b[0m\n\x1b[32m    b\x1b[0m\n"
    assert shown(b"none", b"text", style=COLOR) == "none | text\n"


def test_all_messages_are_selected_by_default() -> None:
    assert parse([b"INFO", b""]) in Wanted()
    assert parse([b"alone"]) in Wanted()


def test_levels_are_selected_by_name() -> None:
    wanted = Wanted(["ERROR", "WARN", "NOTICE"])
    names = {"DEBUG": False, "WARNING": True, "WARN": True, "ERROR": True, "CRITICAL": False, "NOTICE": True}
    assert {name: parse([name.encode(), b""], wanted.names) in wanted for name in names} == names
    assert parse([b"alone"], wanted.names) not in wanted


def test_a_lowest_level_selects_unknown_levels_too() -> None:
    wanted = Wanted(min_level=30)
    names = {"DEBUG": False, "WARNING": True, "CRITICAL": True, "Level 29": False, "Level 30": True, "NOTICE": True}
    assert {name: parse([name.encode(), b""]) in wanted for name in names} == names


def test_names_and_lowest_level_both_apply() -> None:
    wanted = Wanted(["DEBUG", "ERROR"], min_level=20)
    assert Message("ERROR", "ERROR", "") in wanted
    assert Message("DEBUG", "DEBUG", "") not in wanted
    assert Message("CRITICAL", "CRITICAL", "") not in wanted
