/* core_referent(reference): a new reference to the object of a weak reference, or None if it is gone. */
#ifndef ZMQ_CORE_REFERENT_H
#define ZMQ_CORE_REFERENT_H

#include <Python.h>

static inline PyObject *core_referent(PyObject *reference)
{
#if PY_VERSION_HEX >= 0x030D0000
    PyObject *object = NULL;
    if (PyWeakref_GetRef(reference, &object) == 0)
        object = Py_NewRef(Py_None);
    return object;
#else
    PyObject *object = PyWeakref_GET_OBJECT(reference);
    Py_INCREF(object);
    return object;
#endif
}

#endif
