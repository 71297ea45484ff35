/* What Cython cannot say about classes of futures: where a slot is, and which objects can be used again. */
#ifndef ZMQ_CORE_FUTURES_H
#define ZMQ_CORE_FUTURES_H

#include <Python.h>
#include <structmember.h>

#if defined(PYPY_VERSION) || defined(Py_GIL_DISABLED)
#define CORE_COUNTS_REFERENCES 0 /* or they do not say how many references an object has */
#else
#define CORE_COUNTS_REFERENCES 1
#endif

/* Where instances keep the slot of that descriptor; -1 if that is unknown. */
#ifdef PYPY_VERSION
static inline Py_ssize_t core_slot_offset(PyObject *descriptor) { return -1; }
#else
static inline Py_ssize_t core_slot_offset(PyObject *descriptor)
{
    if (Py_TYPE(descriptor) != &PyMemberDescr_Type)
        return -1;
    return ((PyMemberDescrObject *)descriptor)->d_member->offset;
}
#endif

#if !CORE_COUNTS_REFERENCES
static inline int core_may_return(PyObject *object, Py_ssize_t offset) { return 0; }
static inline void core_revive(PyObject *object) { }
#else
/* Whether a program would recognise the object if it were used again: by a weak reference, or an attribute of its own. */
static inline int core_leaves_traces(PyObject *object)
{
    Py_ssize_t weak = Py_TYPE(object)->tp_weaklistoffset;
    PyObject **attributes;
    if (weak != 0 && *(PyObject **)((char *)object + weak) != NULL)
        return 1;
    /* From 3.14 on this makes the dict of a future that has none, once; a future that is used again keeps it. */
    attributes = _PyObject_GetDictPtr(object);
    if (attributes == NULL)
        PyErr_Clear(); /* no memory for it, and no attributes */
    return attributes != NULL && *attributes != NULL
        && (PyDict_GET_SIZE(*attributes) != 0 || Py_REFCNT(*attributes) != 1);
}

/* Whether an object without references may be given out again: nothing knows it, what is in its slot is its own, and
   the garbage collector is not at it, which has called its __del__ and will clear it, nor the interpreter's queue of
   objects to free. */
static inline int core_may_return(PyObject *object, Py_ssize_t offset)
{
    PyObject *held = *(PyObject **)((char *)object + offset);
    return held != NULL && Py_REFCNT(held) == 1 && !PyObject_GC_IsFinalized(object) && PyObject_GC_IsTracked(object)
        && !PyErr_Occurred() && !core_leaves_traces(object);
}

/* From no reference to one, the caller's; hidden from gc.get_objects() until PyObject_GC_Track(). */
static inline void core_revive(PyObject *object)
{
    _Py_NewReference(object);
    PyObject_GC_UnTrack(object);
}
#endif

#endif
