"""Topics, in memory."""

from __future__ import annotations

import pytest

from zmq.log.topics import LEVELS, Topic, join_topic, level_number, split_text, split_topic

TOPICS = [
    ("INFO", Topic("", "INFO", "")),
    ("app.INFO", Topic("app", "INFO", "")),
    ("INFO.db", Topic("", "INFO", "db")),
    ("app.worker.ERROR.db.slow", Topic("app.worker", "ERROR", "db.slow")),
    ("app.Level 25.db", Topic("app", "Level 25", "db")),
    ("no level", Topic("no level", "", "")),
    ("", Topic("", "", "")),
]


@pytest.mark.parametrize(("topic", "parts"), TOPICS)
def test_a_topic_is_split_at_its_level_and_joined_again(topic: str, parts: Topic) -> None:
    assert split_topic(topic) == parts
    assert join_topic(*parts) == topic


def test_the_first_level_of_a_topic_is_its_level() -> None:
    assert split_topic("app.INFO.after.ERROR") == ("app", "INFO", "after.ERROR")


def test_the_caller_can_name_the_levels() -> None:
    assert split_topic("app.NOTICE.db") == ("app.NOTICE.db", "", "")
    assert split_topic("app.NOTICE.db", {*LEVELS, "NOTICE"}) == ("app", "NOTICE", "db")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("text", ("", "text")),
        ("db::text", ("db", "text")),
        ("db.slow::text", ("db.slow", "text")),
        ("db::a::b", ("db", "a::b")),
        ("::text", ("", "text")),
        ("db::", ("db", "")),
        (" db :: text", (" db ", " text")),
        ("", ("", "")),
    ],
)
def test_a_subtopic_is_what_precedes_the_first_delimiter(text: str, parts: tuple[str, str]) -> None:
    assert split_text(text) == parts


def test_a_subtopic_of_a_template_is_part_of_the_template() -> None:
    assert split_text("50%%::%d of 100%%", is_template=True) == ("50%", "%d of 100%%")
    assert split_text("50%%::text") == ("50%%", "text")


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("DEBUG", 10),
        ("info", 20),
        ("WARN", 30),
        ("Fatal", 50),
        ("Level 25", 25),
        ("25", 25),
        ("NOTICE", None),
        ("", None),
    ],
)
def test_levels_have_numbers(name: str, number: int | None) -> None:
    assert level_number(name) == number
