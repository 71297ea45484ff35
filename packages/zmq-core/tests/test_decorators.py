"""Contexts and sockets for the duration of a call."""

from __future__ import annotations

import asyncio

import pytest

import zmq
from zmq.decorators import context, socket


def test_a_context_comes_last_and_is_closed_after_the_call() -> None:
    @context()
    def work(first: int, ctx: zmq.Context) -> tuple[int, zmq.Context, bool]:
        return first, ctx, ctx.closed

    first, ctx, closed_inside = work(1)
    assert (first, closed_inside, ctx.closed) == (1, False, True)


def test_each_call_has_a_context_of_its_own() -> None:
    @context()
    def work(ctx: zmq.Context) -> zmq.Context:
        return ctx

    assert work() is not work()


@pytest.mark.parametrize("decorator", [context("ctx"), context(name="ctx")], ids=["positional", "keyword"])
def test_a_named_context_comes_by_keyword(decorator: object) -> None:
    assert callable(decorator)

    @decorator
    def work(*, ctx: zmq.Context) -> bool:
        return isinstance(ctx, zmq.Context)

    assert work()


@pytest.mark.parametrize("decorator", [context(3), context("ctx", 3), context(io_threads=3)])
def test_a_context_takes_what_context_takes(decorator: object) -> None:
    assert callable(decorator)

    @decorator
    def work(ctx: zmq.Context) -> int:
        return ctx.get(zmq.IO_THREADS)

    assert work() == 3


def test_a_socket_is_closed_after_the_call() -> None:
    @context()
    @socket(zmq.PUB)
    def work(ctx: zmq.Context, pub: zmq.Socket[bytes]) -> tuple[int, bool, zmq.Socket[bytes]]:
        return pub.type, pub.closed, pub

    kind, closed_inside, pub = work()
    assert (kind, closed_inside, pub.closed) == (zmq.PUB, False, True)


def test_sockets_come_in_the_order_of_their_decorators() -> None:
    @context()
    @socket(zmq.PUB)
    @socket(zmq.SUB)
    def work(ctx: zmq.Context, pub: zmq.Socket[bytes], sub: zmq.Socket[bytes]) -> list[int]:
        return [pub.type, sub.type]

    assert work() == [zmq.PUB, zmq.SUB]


@pytest.mark.parametrize(
    "decorator", [socket("pub", zmq.PUB), socket(zmq.PUB, name="pub")], ids=["positional", "keyword"]
)
def test_a_named_socket_comes_by_keyword(decorator: object) -> None:
    assert callable(decorator)

    @context()
    @decorator
    def work(ctx: zmq.Context, *, pub: zmq.Socket[bytes]) -> int:
        return pub.type

    assert work() == zmq.PUB


def test_a_socket_takes_what_context_socket_takes() -> None:
    @context()
    @socket(zmq.PUB, copy_threshold=5)
    def work(ctx: zmq.Context, pub: zmq.Socket[bytes]) -> int:
        return pub.copy_threshold

    assert work() == 5


def test_methods_can_be_decorated() -> None:
    class Worker:
        @context()
        @socket(zmq.PUB)
        def work(self, ctx: zmq.Context, pub: zmq.Socket[bytes]) -> tuple[object, int]:
            return self, pub.type

    worker = Worker()
    assert worker.work() == (worker, zmq.PUB)


# The context of a socket


@socket(zmq.PUB)
def context_of(*args: object, **kwargs: object) -> zmq.Context:
    pub = args[-1]
    assert isinstance(pub, zmq.Socket)
    return pub.context


def test_a_socket_uses_the_first_context_among_the_arguments() -> None:
    with zmq.Context() as first, zmq.Context() as second:
        assert context_of(1, first, second) is first


def test_a_socket_uses_the_keyword_context_before_that() -> None:
    with zmq.Context() as first, zmq.Context() as second:
        assert context_of(first, context=second) is second


def test_a_keyword_that_is_no_context_is_left_alone() -> None:
    with zmq.Context() as first:
        assert context_of(first, context="of the problem") is first


def test_a_socket_uses_the_global_context_if_it_is_given_none() -> None:
    try:
        assert context_of() is zmq.Context.instance()
    finally:
        zmq.Context.instance().term()


def test_the_keyword_can_have_another_name() -> None:
    @context("ctx")
    @socket(zmq.PUB, context_name="ctx")
    def work(pub: zmq.Socket[bytes], ctx: zmq.Context) -> bool:
        return pub.context is ctx

    assert work()


# Errors


def test_everything_is_closed_after_an_error() -> None:
    made: list[zmq.Context | zmq.Socket[bytes]] = []

    @context()
    @socket(zmq.PUB)
    def work(ctx: zmq.Context, pub: zmq.Socket[bytes]) -> None:
        made.extend([ctx, pub])
        raise KeyError

    with pytest.raises(KeyError):
        work()
    assert [each.closed for each in made] == [True, True]


def test_a_name_that_the_caller_uses_too_is_an_error() -> None:
    @context("ctx")
    def work(ctx: zmq.Context) -> None:
        pass

    with pytest.raises(TypeError, match="two values for argument 'ctx'"):
        work(ctx=None)


def test_two_names_are_an_error() -> None:
    with pytest.raises(TypeError, match="two names, 'one' and 'two'"):
        context("one", name="two")


def test_forgotten_parentheses_are_an_error() -> None:
    def work(ctx: zmq.Context) -> None:
        pass

    with pytest.raises(TypeError, match=r"@context\(\.\.\.\)"):
        context(work)


def test_a_socket_needs_a_type() -> None:
    @context()
    @socket()
    def work(ctx: zmq.Context, anything: object) -> None:
        pass

    with pytest.raises(TypeError):
        work()


# Metadata of functions


def test_a_decorated_function_keeps_its_name() -> None:
    @context()
    def work(ctx: zmq.Context) -> None:
        """Do it."""

    assert (work.__name__, work.__doc__) == ("work", "Do it.")


def test_a_coroutine_has_its_context_and_sockets_until_it_ends() -> None:
    @context()
    @socket(zmq.PUB, name="pub")
    async def work(number: int, ctx: zmq.Context, pub: zmq.Socket[bytes]) -> tuple[int, bool, zmq.Socket[bytes]]:
        await asyncio.sleep(0)
        return number, pub.closed or ctx.closed, pub

    number, closed_inside, pub = asyncio.run(work(7))
    assert (number, closed_inside, pub.closed) == (7, False, True)
