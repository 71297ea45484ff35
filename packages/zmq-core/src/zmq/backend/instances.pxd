cdef extern from "zmq/backend/pypy.h":
    pass

cdef extern from "zmq/backend/methods.h":
    int core_guard_methods(object cls) except -1
    int core_show_as_functions(list methods) except -1


cdef class Instance:
    cdef dict attributes
