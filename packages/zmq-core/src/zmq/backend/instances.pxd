from cpython.object cimport PyObject


cdef void no_dict_yet(PyObject **field) noexcept
cdef int dict_is_at(object instance, PyObject **field) except -1
cdef object dict_of(object instance)
