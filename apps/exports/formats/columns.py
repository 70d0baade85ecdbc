"""Arrow columns from Python values without `pyarrow.array`, which imports pandas to ask whether it
was given a series: 66 MB and a second that an export of lines has no use for.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
import pyarrow as pa


def column(values: Sequence[Any], of: pa.DataType) -> pa.Array:
    """The values as an array of that type: int64, binary of a fixed size, or a dictionary of
    strings (int32); none of them None. Values of a dictionary are in the order in which they come.
    """
    if pa.types.is_dictionary(of):
        places: dict[str, int] = {}
        codes = [places.setdefault(value, len(places)) for value in values]
        indices = _plain(np.array(codes, dtype=np.int32), pa.int32())
        return pa.DictionaryArray.from_arrays(indices, _strings(list(places)))
    if pa.types.is_fixed_size_binary(of):
        return pa.Array.from_buffers(of, len(values), [None, pa.py_buffer(b"".join(values))])
    return _plain(np.array(values, dtype=np.int64), of)


def _plain(values: np.ndarray[Any, Any], of: pa.DataType) -> pa.Array:
    return pa.Array.from_buffers(of, len(values), [None, pa.py_buffer(values)])


def _strings(values: Sequence[str]) -> pa.Array:
    texts = [value.encode() for value in values]
    ends = np.array([0, *accumulate(map(len, texts))], dtype=np.int32)
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(b"".join(texts))]
    return pa.Array.from_buffers(pa.string(), len(values), buffers)
