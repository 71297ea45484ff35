from typing import Any

holding: set[int]
polls: set[Any]

class Returned:
    messages: list[tuple[tuple[int, int], list[Any], bool]]
