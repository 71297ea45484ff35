"""Attributes that programs give to compiled objects: where they are kept, and which ones a class takes.

They are kept in a ``__dict__`` that is created with the first of them.  Cython's ``cdef dict __dict__`` creates one
with every object, and CPython calls methods of objects that have one at a third of the speed.  A class has a field for
it instead, sets that to NULL in ``__cinit__`` (``no_dict_yet``), and tells CPython where it is (``dict_is_at``).  Such
a class also needs ``no_gc_clear``: Cython's ``tp_clear`` would put None there, where CPython expects a dict.

Sockets, contexts and frames take what their classes declare, by an attribute or by an annotation alone, so that typos
in the names of options raise.
"""
import sys

from cpython.object cimport PyObject

cdef extern from "Python.h":
    ctypedef struct TypeObject "PyTypeObject":
        Py_ssize_t tp_dictoffset
    TypeObject *class_of "Py_TYPE"(object instance)
    void Py_CLEAR(PyObject *)
    void PyType_Modified(TypeObject *cls)
    PyObject *type_lookup "_PyType_Lookup"(TypeObject *cls, object name)
    object generic_dict "PyObject_GenericGetDict"(object instance, void *context)
    int generic_setattr "PyObject_GenericSetAttr"(object instance, object name, PyObject *value) except -1


cdef void no_dict_yet(PyObject **field) noexcept:
    """Let *field*, which Cython has set to None, hold no dict."""
    Py_CLEAR(field[0])


cdef int dict_is_at(object instance, PyObject **field) except -1:
    """Tell CPython that the class of *instance* has its ``__dict__`` in *field*."""
    cdef TypeObject *cls = class_of(instance)
    cls.tp_dictoffset = <char *>field - <char *><PyObject *>instance
    PyType_Modified(cls)
    return 0


cdef object dict_of(object instance):
    """Return the ``__dict__`` of *instance*."""
    return generic_dict(instance, NULL)


def set_declared(self, name, value):
    """Set an attribute that the class declares, and call ``_set_by_name(name, value)`` for others.

    The classes bind this as their ``__setattr__``.  A ``__setattr__`` of a compiled class would be called as fast, but
    CPython would not let programs bypass it: ``object.__setattr__(socket, ...)`` would raise TypeError.
    """
    if type_lookup(class_of(self), name) == NULL and not _is_annotated(type(self), name):
        self._set_by_name(name, value)
    elif name == "subscribe" or name == "unsubscribe":  # methods, and options as well
        getattr(self, name)(value)
    else:
        generic_setattr(self, name, <PyObject *>value)


cdef bint _is_annotated(object cls, object name) except -1:
    for base in cls.__mro__:
        if name in _annotations(base):
            return True
    return False


if sys.version_info >= (3, 14):
    from annotationlib import Format, get_annotations

    def _annotations(cls):
        return get_annotations(cls, format=Format.FORWARDREF)

else:

    def _annotations(cls):
        return cls.__dict__.get("__annotations__", ())
