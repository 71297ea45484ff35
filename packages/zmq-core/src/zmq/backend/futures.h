/* What Cython cannot say about classes of futures: where a slot of a Python class is, and how await is answered in C. */
#ifndef ZMQ_CORE_FUTURES_H
#define ZMQ_CORE_FUTURES_H

#include <Python.h>
#include <structmember.h>

#if defined(PYPY_VERSION) || defined(Py_GIL_DISABLED)
#define CORE_COUNTS_REFERENCES 0 /* or they do not say how many references an object has */
#else
#define CORE_COUNTS_REFERENCES 1
#endif

#ifdef PYPY_VERSION
static inline Py_ssize_t core_slot_offset(PyObject *descriptor) { return -1; }
static inline int core_answer_await(PyObject *cls, unaryfunc await) { return 0; }
static inline destructor core_answer_end(PyObject *cls, destructor finalize) { return NULL; }
static inline int core_leaves_traces(PyObject *object) { return 1; }
#else
/* Where instances keep the slot of that descriptor; -1 if that is unknown. */
static inline Py_ssize_t core_slot_offset(PyObject *descriptor)
{
    if (Py_TYPE(descriptor) != &PyMemberDescr_Type)
        return -1;
    return ((PyMemberDescrObject *)descriptor)->d_member->offset;
}

/* Have `await` call a function in C, where it would look up and call __await__, which has to do the same. */
static inline int core_answer_await(PyObject *cls, unaryfunc await)
{
    PyTypeObject *type = (PyTypeObject *)cls;
    if (!PyType_HasFeature(type, Py_TPFLAGS_HEAPTYPE) || type->tp_as_async == NULL)
        return 0;
    type->tp_as_async->am_await = await;
    return 1;
}

/* The same for the end of an object; *finalize* calls what it gets here where __del__ has something to do. */
static inline destructor core_answer_end(PyObject *cls, destructor finalize)
{
    destructor original = ((PyTypeObject *)cls)->tp_finalize;
    ((PyTypeObject *)cls)->tp_finalize = finalize;
    return original;
}

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
#endif

#if !CORE_COUNTS_REFERENCES
static inline destructor core_answer_free(PyObject *cls, destructor free) { return NULL; }
static inline int core_may_return(PyObject *object, Py_ssize_t offset) { return 0; }
static inline void core_revive(PyObject *object) { }
static inline void core_free(PyObject *object, destructor original) { }
#else
/* Have *free* end the instances of a class, which has no subclasses: by core_revive(), or by core_free() with what it
   gets here. */
static inline destructor core_answer_free(PyObject *cls, destructor free)
{
    PyTypeObject *type = (PyTypeObject *)cls;
    destructor original = type->tp_dealloc;
    type->tp_flags &= ~Py_TPFLAGS_BASETYPE;
    type->tp_dealloc = free;
    return original;
}

/* The original looks for the first class on the way to the base that has another one; so it must be in its place. */
static inline void core_free(PyObject *object, destructor original)
{
    PyTypeObject *type = Py_TYPE(object);
    destructor replaced = type->tp_dealloc;
    type->tp_dealloc = original;
    original(object);
    type->tp_dealloc = replaced;
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

/* cls.__new__(cls) */
static inline PyObject *core_new(PyObject *cls)
{
    static PyObject *none = NULL;
    if (none == NULL && (none = PyTuple_New(0)) == NULL)
        return NULL;
    return ((PyTypeObject *)cls)->tp_new((PyTypeObject *)cls, none, NULL);
}

/* cls(**arguments), where __init__ is that of *base*; a call would copy the arguments each time. */
static inline PyObject *core_new_future(PyObject *cls, PyObject *base, PyObject *arguments)
{
    PyObject *none = PyTuple_New(0), *future = none == NULL ? NULL : core_new(cls);
    if (future != NULL && ((PyTypeObject *)base)->tp_init(future, none, arguments) < 0)
        Py_CLEAR(future);
    Py_XDECREF(none);
    return future;
}

static inline PyObject **core_slot(PyObject *object, Py_ssize_t offset)
{
    return (PyObject **)((char *)object + offset);
}

#endif
