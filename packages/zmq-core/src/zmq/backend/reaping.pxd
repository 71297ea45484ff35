from libc.stdint cimport int64_t


cdef int64_t note_closing() except -1
cdef bint wait_for_descriptors(int count) except -1
cdef bint wait_for_lasting_descriptors(int count) except -1
cdef bint wait_for_a_descriptor(int64_t *give_up) except -1
cdef bint wait_for_room(int64_t *give_up, int64_t closed_at) except -1
