"""Contexts and sockets for as long as a function runs, as decorators.

Example::

    from zmq.decorators import context, socket

    @context()
    @socket(zmq.PUSH)
    def work(context, push):
        push.connect("tcp://127.0.0.1:5555")

    work()

Each call of the function makes its own, and closes them when it returns or raises; if it is a coroutine function, when
the coroutine is done.  They come by keyword if they have a name, otherwise after the caller's positional arguments.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any, Protocol, TypeVar, cast

import zmq

__all__ = ["context", "socket"]

_Result = TypeVar("_Result")
_Make = Callable[[tuple[object, ...], dict[str, Any]], AbstractContextManager[object]]


class _Decorator(Protocol):
    def __call__(self, func: Callable[..., _Result], /) -> Callable[..., _Result]: ...


def context(*args: Any, **kwargs: Any) -> _Decorator:
    """Give the decorated function a context of its own.

    Args:
        args: A name for the keyword argument, if wanted; then what ``Context`` takes.
        kwargs: ``name``, to say it by keyword; the rest is passed on to ``Context``.
    """
    name, args = _take_name("context", args, kwargs)
    return _decorator(name, lambda _args, _kwargs: zmq.Context(*args, **kwargs))


def socket(*args: Any, **kwargs: Any) -> _Decorator:
    """Give the decorated function a socket of its own.

    Its context is the caller's keyword argument *context_name*, else the first ``Context`` among the positional
    arguments, else ``Context.instance()``.

    Args:
        args: A name for the keyword argument, if wanted; then what ``Context.socket`` takes.
        kwargs: ``name``, to say it by keyword; ``context_name``, which is "context" if not given; the rest is passed on
            to ``Context.socket``.
    """
    name, args = _take_name("socket", args, kwargs)
    context_name = kwargs.pop("context_name", "context")

    def make(call_args: tuple[object, ...], call_kwargs: dict[str, Any]) -> AbstractContextManager[object]:
        candidates = (call_kwargs.get(context_name), *call_args)
        contexts: list[zmq.Context[Any]] = [each for each in candidates if isinstance(each, zmq.Context)]
        found = contexts[0] if contexts else zmq.Context.instance()
        made: AbstractContextManager[object] = found.socket(*args, **kwargs)
        return made

    return _decorator(name, make)


def _take_name(decorator: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[str | None, tuple[Any, ...]]:
    """Return the name among the arguments of *decorator*, and the positional arguments without it."""
    if args and inspect.isroutine(args[0]):
        raise TypeError(f"write @{decorator}(...): the decorator takes arguments, if only ()")
    if not (args and isinstance(args[0], str)):
        return kwargs.pop("name", None), args
    if "name" in kwargs:
        raise TypeError(f"@{decorator} got two names, {args[0]!r} and {kwargs['name']!r}")
    return args[0], args[1:]


def _decorator(name: str | None, make: _Make) -> _Decorator:
    """Return a decorator whose functions get what *make* makes."""

    def give(thing: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        if name is None:
            return (*args, thing), kwargs
        if name in kwargs:
            raise TypeError(f"got two values for argument {name!r}: the caller's and the decorator's")
        return args, {**kwargs, name: thing}

    def decorate(func: Callable[..., _Result]) -> Callable[..., _Result]:
        if inspect.iscoroutinefunction(func):

            @wraps(func)
            async def wait(*args: Any, **kwargs: Any) -> Any:
                with make(args, kwargs) as thing:
                    given, named = give(thing, args, kwargs)
                    return await func(*given, **named)

            return cast("Callable[..., _Result]", wait)

        @wraps(func)
        def call(*args: Any, **kwargs: Any) -> _Result:
            with make(args, kwargs) as thing:
                given, named = give(thing, args, kwargs)
                return func(*given, **named)

        return call

    return decorate
