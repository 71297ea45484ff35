"""Where pyzmq declares zmq.h: ``from zmq.backend.cython.libzmq cimport zmq_errno``."""
from zmq.backend.libzmq cimport *
