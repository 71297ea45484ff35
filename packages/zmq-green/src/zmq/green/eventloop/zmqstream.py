"""An alias of ``zmq.eventloop.zmqstream``, from the distribution zmq-eventloop."""

try:
    import zmq.eventloop.zmqstream as _theirs
except ImportError as _error:
    raise ImportError(
        f"cannot import zmq.eventloop.zmqstream ({_error}): install it with:"
        " pip install --find-links dist 'zmq-eventloop[tornado]'"
    ) from _error

globals().update({name: value for name, value in vars(_theirs).items() if not name.startswith("_")})
