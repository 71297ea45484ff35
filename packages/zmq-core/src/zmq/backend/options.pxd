from zmq.backend.handle cimport Handle


cdef object get_option(Handle handle, object option)
cdef int set_option(Handle handle, object option, object value) except -1
cdef int int_option(Handle handle, int number) except? -1
cdef int read_int_option(Handle handle, int number) except? -1
