"""Votes counted from Python, with nothing but ctypes.

usage: votes.py LIBRARY
"""

import ctypes as c
import sys


class Error(c.Structure):
    _fields_ = [("size", c.c_uint64), ("code", c.c_int32), ("argument", c.c_int32), ("axis", c.c_int32),
                ("reserved", c.c_int32), ("expected", c.c_int64), ("actual", c.c_int64), ("text", c.c_char * 256)]


class Options(c.Structure):
    _fields_ = [("size", c.c_uint64), ("host", c.c_void_p), ("workspace", c.c_void_p), ("workspace_bytes", c.c_uint64),
                ("error", c.POINTER(Error))]


class State(c.Structure):
    _fields_ = [("votes", c.POINTER(c.c_float)), ("calls", c.POINTER(c.c_int64))]


library = c.CDLL(sys.argv[1])
counted, calls, leader = (c.c_float * 4)(), c.c_int64(), c.c_int64()
state = State(counted, c.pointer(calls))
library.votes_initial_state(c.byref(state))

error = Error(size=c.sizeof(Error))
options = Options(size=c.sizeof(Options), error=c.pointer(error))


def votes(choices, weights):
    n = len(choices)
    code = library.votes(c.c_int64(n), (c.c_int64 * n)(*choices), (c.c_float * n)(*weights), c.byref(state),
                         c.byref(leader), c.byref(options))
    if code:
        raise ValueError(error.text.decode())
    return leader.value


best = votes([1, 2, 1], [4, 1, 8])
print(f"candidate {best} leads with {counted[best]:g} votes")
try:
    votes([0, 1, 7], [4, 1, 8])
except ValueError as problem:
    print(problem)
print(f"{calls.value} call counted")
