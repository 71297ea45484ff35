"""Key pairs for CURVE encryption."""
from zmq.backend cimport libzmq
from zmq.backend.errors cimport check


def curve_keypair() -> tuple[bytes, bytes]:
    """Create a CURVE key pair.

    Returns:
        (public key, secret key), each 40 bytes of Z85.

    Raises:
        ZMQError: libzmq was built without CURVE.

    libzmq: zmq_curve_keypair(3)
    """
    cdef char public[41]
    cdef char secret[41]
    check(libzmq.zmq_curve_keypair(public, secret), "make a CURVE key pair")
    return public[:40], secret[:40]


def curve_public(secret_key: bytes | str) -> bytes:
    """Return the public key, 40 bytes of Z85, that belongs to a secret key.

    Args:
        secret_key: 40 bytes of Z85, as bytes or str.

    Raises:
        ValueError: *secret_key* does not have 40 bytes.
        ZMQError: *secret_key* is not Z85, or libzmq was built without CURVE.

    libzmq: zmq_curve_public(3)
    """
    cdef char public[41]
    cdef bytes secret = secret_key.encode("ascii") if isinstance(secret_key, str) else secret_key
    if len(secret) != 40:
        raise ValueError(f"a secret key has 40 bytes of Z85: got {len(secret)} bytes")
    check(libzmq.zmq_curve_public(public, secret), "derive a CURVE public key")
    return public[:40]
