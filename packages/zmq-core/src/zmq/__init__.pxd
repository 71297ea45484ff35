"""What Cython users cimport: ``from zmq cimport libzmq, Socket``."""
from zmq.backend cimport libzmq
from zmq.backend.context cimport Context
from zmq.backend.frame cimport Frame
from zmq.backend.handle cimport Handle
from zmq.backend.socket cimport Socket
