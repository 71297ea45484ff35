"""An alias of ``zmq.eventloop.ioloop``, from the distribution zmq-eventloop."""

try:
    import zmq.eventloop.ioloop as _theirs
except ImportError as _error:
    raise ImportError(
        f"cannot import zmq.eventloop.ioloop ({_error}): install it with:"
        " pip install --find-links dist 'zmq-eventloop[tornado]'"
    ) from _error

globals().update({name: value for name, value in vars(_theirs).items() if not name.startswith("_")})
