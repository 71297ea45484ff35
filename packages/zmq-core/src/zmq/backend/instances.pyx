"""Attributes that programs set on compiled objects: where they are stored, and which names a class accepts.

They are stored in a ``__dict__`` that is created with the first attribute.  Cython's ``cdef dict __dict__`` would
create it with every object, and CPython calls methods of objects that have a ``__dict__`` at a third of the speed.
Therefore their base has a field for it, which is NULL at first, and tells CPython its offset.

Sockets, contexts and frames accept only names that their classes declare, by an attribute or an annotation, so that a
misspelled option raises.
"""
import sys

cimport cython
from cpython.object cimport Py_TYPE, PyObject, PyObject_GenericGetDict, PyObject_GenericSetAttr, PyTypeObject
from cpython.ref cimport Py_CLEAR
from cpython.type cimport PyType_Modified

cdef extern from *:
    """
    #define CORE_DICT_FIELD(instance) ((PyObject **)&(instance)->attributes) /* Cython cannot take its address */
    """
    PyObject **dict_field "CORE_DICT_FIELD"(Instance instance)

cdef extern from "Python.h":
    PyObject *type_lookup "_PyType_Lookup"(PyTypeObject *cls, object name)


@cython.no_gc_clear  # else Cython would store None in the field, where CPython expects a dict
cdef class Instance:
    """The base of classes whose objects have attributes of programs."""

    def __cinit__(self):
        Py_CLEAR(dict_field(self)[0])  # Cython has initialised it to None

    @property
    def __dict__(self):
        return PyObject_GenericGetDict(self, NULL)


cdef Instance _instance = Instance.__new__(Instance)
Py_TYPE(_instance).tp_dictoffset = <char *>dict_field(_instance) - <char *><PyObject *>_instance
PyType_Modified(Instance)


def set_declared(self, name, value):
    """Set an attribute that the class declares; call ``_set_by_name(name, value)`` for other names.

    The classes use this as their ``__setattr__``.  A ``__setattr__`` in a compiled class would be equally fast, but
    then programs could not bypass it: ``object.__setattr__(socket, ...)`` would raise TypeError.
    """
    if type_lookup(Py_TYPE(self), name) == NULL and not _is_annotated(type(self), name):
        self._set_by_name(name, value)
    elif name == "subscribe" or name == "unsubscribe":  # both are methods and options
        getattr(self, name)(value)
    else:
        PyObject_GenericSetAttr(self, name, value)


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
