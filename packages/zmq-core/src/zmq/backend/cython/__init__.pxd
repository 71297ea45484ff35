"""Where pyzmq has its compiled classes: ``from zmq.backend.cython cimport Context, Frame, Socket, libzmq``."""
from zmq.backend cimport libzmq
from zmq.backend.context cimport Context
from zmq.backend.frame cimport Frame
from zmq.backend.socket cimport Socket
