#!/usr/bin/env python3
"""Makes digits.npz from the digits.csv.gz of scikit-learn: prepare_data.py digits.csv.gz digits.npz

The input has a line for each image: 64 pixels from 0 to 16, row by row, then the label. See README.md.
Needs nothing but Python, and writes the same bytes whenever it is run.
"""

import csv
import gzip
import sys
import zipfile


def npy(shape, data):
    """The bytes of a .npy file of u8."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"
    header = header.ljust(64 * ((10 + len(header)) // 64 + 1) - 11) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode() + data


def main(source, target):
    with gzip.open(source, "rt", newline="") as lines:
        rows = [bytes(int(float(field)) for field in row) for row in csv.reader(lines)]
    assert len(rows) == 1797 and all(len(row) == 65 for row in rows)
    assert all(max(row[:64]) <= 16 and row[64] <= 9 for row in rows)
    arrays = {
        "images.npy": npy((len(rows), 64), b"".join(row[:64] for row in rows)),
        "labels.npy": npy((len(rows),), bytes(row[64] for row in rows)),
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in arrays.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.splitlines()[0])
    main(sys.argv[1], sys.argv[2])
