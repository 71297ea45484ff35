"""Run the Python code of pages and of docstrings: ``python tools/snippets.py FILE...``.

All blocks of a page share one namespace and run in order, in an empty folder.  HTML comments control the run:
``<!--- skip: next "reason" -->`` skips a block, and ``<!--- invisible-code-block: python ... -->`` contains code that
is not displayed, such as the peer of a snippet.

In sources (``.py``, ``.pyx``) the examples of each docstring run in a namespace of their own, in which zmq is imported:
indented blocks after ``Example::``, and lines with ``>>>``.  ``.. skip: next "reason"`` skips the next one.

A comparison that a page prints must be true: ``print(error.errno == zmq.EINVAL)``.

At the end it prints the number of blocks, and the reasons of the skipped ones.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import re
import sys
import tempfile
import textwrap
import types
import unittest
from collections.abc import Iterable, Iterator
from pathlib import Path

import sybil.parsers.markdown
import sybil.parsers.rest
from sybil import Document, Example, Lexeme, Region
from sybil.evaluators.python import PythonEvaluator, pad

import zmq
from zmq._stub_docs import docstrings

ROOT = Path(__file__).resolve().parent.parent
LITERAL_BLOCK = re.compile(r"^(?P<indent> *)(?!\.\. )\S?.*::\n(?P<code>(?:\n|(?P=indent) +\S.*\n)+)", re.MULTILINE)
EXAMPLE = re.compile(r"::\n|>>> |^ *examples?:", re.IGNORECASE | re.MULTILINE)


class PrintedComparisons(ast.NodeTransformer):
    """Makes a block fail that prints a comparison which is false."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        """Pass the comparisons among the arguments of ``print`` through ``must_be_true()``."""
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "print":
            node.args = [self._checked(argument) for argument in node.args]
        return node

    def _checked(self, argument: ast.expr) -> ast.expr:
        if not isinstance(argument, ast.Compare):
            return argument
        function = ast.Name(must_be_true.__name__, ast.Load())
        return ast.copy_location(ast.Call(function, [argument, ast.Constant(ast.unparse(argument))], []), argument)


def must_be_true(value: object, text: str) -> object:
    """Return *value*, which the expression *text* has, if it is true."""
    if not value:
        raise AssertionError(f"the page prints that this is false: {text}")
    return value


class BlockEvaluator(PythonEvaluator):
    """Runs a block."""

    def __call__(self, example: Example) -> None:
        """Run the block of *example* in the namespace of its document."""
        tree = ast.parse(pad(example.parsed, example.line + example.parsed.line_offset))
        tree = ast.fix_missing_locations(PrintedComparisons().visit(tree))
        example.namespace[must_be_true.__name__] = must_be_true
        exec(compile(tree, example.path, "exec", dont_inherit=True), example.namespace)


def pages() -> list[Path]:
    """Return the pages with code: those of the manual, and the README files."""
    globs = ("docs/**/*.md", "*.md", "*/README.md", "packages/*/README.md")
    found = {page for pattern in globs for page in ROOT.glob(pattern)}
    return sorted(page for page in found if "_build" not in page.parts and "```python" in page.read_text("utf-8"))


def sources() -> list[Path]:
    """Return the sources with examples in docstrings."""
    found = {path for suffix in ("py", "pyx") for path in ROOT.glob(f"packages/*/src/**/*.{suffix}")}
    return sorted(path for path in found if any(documents(path)))


def documents(path: Path) -> Iterator[Document]:
    """Yield the parts with a namespace of their own: a page, or each docstring with examples."""
    if path.suffix == ".md":
        markdown = sybil.parsers.markdown
        blocks = markdown.CodeBlockParser("python", BlockEvaluator())
        yield Document.parse(str(path), blocks, markdown.SkipParser())
        return
    rest = sybil.parsers.rest
    for line, docstring in docstrings_of(path):
        if EXAMPLE.search(docstring):
            document = Document("\n" * (line - 1) + inspect.cleandoc(docstring) + "\n", str(path))
            for parse in (_literal_blocks, rest.DocTestParser(), rest.SkipParser()):
                for region in parse(document):
                    document.add(region)
            document.namespace["zmq"] = zmq
            yield document


def docstrings_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the docstrings of a source, each with the number of its first line."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".pyx":
        for literal in docstrings(text).values():
            yield text.count("\n", 0, text.index(literal)) + 1, ast.literal_eval(literal)
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            docstring = ast.get_docstring(node, clean=False)
            if docstring is not None:
                yield node.body[0].lineno, docstring


def _literal_blocks(document: Document) -> Iterable[Region]:
    for match in LITERAL_BLOCK.finditer(document.text):
        before = document.text[match.start() : match.start("code")].count("\n")
        source = Lexeme(textwrap.dedent(match["code"]), match.start("code") - match.start(), before - 1)
        yield Region(match.start(), match.end(), source, BlockEvaluator())


def examples(path: Path) -> Iterator[Example]:
    """Yield the blocks of a page or source, and the comments that control them, in order."""
    for document in documents(path):
        program = types.ModuleType("__main__")
        sys.modules["__main__"] = program  # so that pickle finds the classes of a page
        vars(program).update(document.namespace)
        document.namespace = program.__dict__
        yield from document.examples()


def run(path: Path) -> tuple[int, list[str]]:
    """Run the blocks of a page or source until one fails.

    Returns:
        The number of blocks that ran, and the reasons of the skipped blocks.
    """
    count, reasons = 0, []
    for example in examples(path):
        try:
            example.evaluate()
        except unittest.SkipTest as skip:
            reasons.append(f"line {example.line}: {skip}")
        except BaseException:
            print(f"{path}:{example.line}: this block fails", file=sys.stderr)
            raise
        else:
            count += isinstance(example.parsed, str) or hasattr(example.parsed, "want")
    return count, reasons


def main() -> None:
    """Run the given files, each in an empty folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", nargs="+", type=Path)
    for file in [path.resolve() for path in parser.parse_args().file]:
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            try:
                count, reasons = run(file)
            finally:
                os.chdir(ROOT)
        print(f"{file}: {count} blocks ran", *(f"  left out, {reason}" for reason in reasons), sep="\n")


if __name__ == "__main__":
    main()
