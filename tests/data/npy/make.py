#!/usr/bin/env python3
"""Makes the files of this folder with NumPy: `python3 make.py`. They are committed, tests only read them."""
import io
import os
import struct
import zipfile

import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))

# One file per dtype: shape (2, 3), the values that make_values() in test_npy.cpp repeats.
for code in "b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8 c8 c16".split():
    values = np.array([[0, 1, 2], [3, 100, 7]]).astype(code)
    if code[0] == "c":
        values = values * (1 + 2j)
        values = values.astype(code)
    np.save(f"{code}.npy", values)
# What ml_dtypes.bfloat16 saves: 16-bit voids.
bf16 = (np.array([[0, 1, 2], [3, 100, 7]], "f4").view("u4") >> 16).astype("u2")
with open("bf16.npy", "wb") as f:
    np.lib.format.write_array_header_1_0(
        f, {"descr": "<V2", "fortran_order": False, "shape": (2, 3)})
    f.write(bf16.tobytes())

np.save("big_endian.npy", np.array([[0, 1, 2], [3, 100, 7]], ">i4"))
np.save("big_endian_complex.npy", np.array([1 + 2j, -3 + 4j], ">c8"))
np.save("fortran.npy", np.asfortranarray(np.arange(24, dtype="i2").reshape(2, 3, 4)))
np.save("scalar.npy", np.array(2.5, "f4"))
np.save("empty.npy", np.zeros((3, 0, 2), "f8"))
np.save("vector.npy", np.arange(5, dtype="u1"))
np.save("object.npy", np.array([None, "x"], object), allow_pickle=True)
np.save("record.npy", np.zeros(2, [("a", "f4"), ("b", "i4")]))
np.save("text.npy", np.array(["ab", "c"]))
for version in (2, 3):
    with open(f"version{version}.npy", "wb") as f:
        np.lib.format.write_array(f, np.arange(3, dtype="f4"), version=(version, 0))

arrays = {"x": np.arange(6, dtype="f4").reshape(2, 3), "bias": np.array(1.5)}
np.savez("stored.npz", **arrays)
np.savez_compressed("deflated.npz", zeros=np.zeros(1000, "f8"), **arrays)
