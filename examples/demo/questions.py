"""Questions about a tally of words, and their answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import islice
from zlib import crc32

__all__ = ["Answer", "Index", "Question", "make_questions"]

Question = list[str]
"""A question and its subject: ``["count", WORD]``, ``["top", LETTER]`` or ``["checksum", ""]``."""

Answer = int | list[list[str | int]]
"""An answer in the types of JSON: lists, not tuples."""

TOP = 5


class Index:
    """A tally, sorted so that every question has a quick answer."""

    def __init__(self, tally: Mapping[str, int]) -> None:
        self.tally = tally
        self._by_letter: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for word, count in sorted(tally.items(), key=lambda item: (-item[1], item[0])):
            self._by_letter[word[0]].append((word, count))

    def answer(self, question: Question) -> Answer:
        """Return the answer to *question*."""
        what, about = question
        if what == "count":
            return self.tally.get(about, 0)
        if what == "top":
            return [[word, count] for word, count in self._by_letter[about][:TOP]]
        if what == "checksum":
            return crc32("\n".join(f"{word} {count}" for word, count in sorted(self.tally.items())).encode())
        raise ValueError(f"cannot answer {what!r}: ask for count, top or checksum")


def make_questions(tally: Mapping[str, int], most: int) -> Iterator[Question]:
    """Yield questions of every kind, at most *most* of them about words, taken evenly from the tally."""
    yield ["checksum", ""]
    for letter in "abcdefghijklmnopqrstuvwxyz":
        yield ["top", letter]
    words = sorted(tally)
    for word in islice(words, 0, None, len(words) // most + 1):
        yield ["count", word]
    yield ["count", "no such word"]
