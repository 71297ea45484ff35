from zmq.backend.engine cimport Engine, Operation
from zmq.backend.socket cimport Socket
from zmq.backend.tries cimport Kind


cdef object receive_at_once(Engine engine, Socket socket, Kind kind, int flags, bint copy, bint track, object into)
cdef int receive_in_turn(Engine engine, Socket socket, Operation operation, Kind kind, int flags, bint copy, bint track,
                         object into, bint tried, object refusal) except -1
cdef int send_in_turn(Engine engine, Socket socket, Operation operation, Kind kind, object data, int flags, bint copy,
                      bint track, tuple to) except -1
cdef int ready_of(Engine engine, Socket socket, int events) except -1
cdef int poll_in_turn(Engine engine, Socket socket, Operation operation, object timeout_ms, int events) except -1
cdef int int_option_of(Socket socket, int option) except? -1
cdef Engine any_engine_of(Socket socket)
