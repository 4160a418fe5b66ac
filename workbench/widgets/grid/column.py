"""A column of a frame as the grid asks for it: its values, texts, and codes of few values.

Each form is made when it is first asked for: the first rows of a grid need none of them.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from workbench.frames.item_array import ItemDtype
from workbench.widgets.grid.values import text_of

TEXT = pa.large_string()

FEW = 100
"""Different values in a sample up to which a column of texts is one of few values."""

_SAMPLE = 500

Ints = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


class GridColumn:
    """One column: ``name`` as people read it, ``kind`` (text, number, time, flag, item)."""

    def __init__(self, name: Any, values: Any) -> None:
        if values.dtype == object:  # numbers among objects sort as numbers
            values = pd.Series(values.array).convert_dtypes()
        self.name = str(name)
        self.array = values.array
        self.dtype = values.dtype
        self.kind = kind_of(values.dtype)

    def __len__(self) -> int:
        return len(self.array)

    def at(self, position: int) -> Any:
        """One value."""
        return self.array[position]

    @cached_property
    def texts(self) -> Any:
        """The values as texts in Arrow's form, NA where there is none."""
        if isinstance(self.dtype, (pd.StringDtype, ItemDtype)):
            found = pa.array(self.array)
            found = found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found])
            return found if found.type == TEXT else found.cast(TEXT)
        return _texts([text_of(each) for each in self.array])

    @cached_property
    def is_coded(self) -> bool:
        """Whether codes of its values are cheaper to look at than each of its texts."""
        if isinstance(self.dtype, pd.CategoricalDtype):
            return True
        if self.kind != "text":
            return False
        places: Any = range(len(self))
        if len(self) > _SAMPLE:
            places = np.random.default_rng(0).integers(0, len(self), _SAMPLE)
        return len({self.texts[int(place)].as_py() for place in places}) <= FEW

    @property
    def has_codes(self) -> bool:
        """Whether `codes` are there without making them."""
        made = self.kind == "text" and "codes" in vars(self)
        return made or isinstance(self.dtype, pd.CategoricalDtype)

    @cached_property
    def codes(self) -> tuple[Ints, list[Any]]:
        """The number of each value, -1 where there is none, and the values by their numbers.

        Texts and numbers are numbered in their order, categories in theirs.
        """
        if isinstance(self.dtype, pd.CategoricalDtype):
            return self.array.codes.astype(np.int64), list(self.array.categories)
        text = self.kind in ("text", "item")
        codes, found = pd.factorize(_strings(self.texts) if text else self.array, sort=True)
        return codes.astype(np.int64), list(found)

    @cached_property
    def numbers(self) -> tuple[Any, Flags | None] | None:
        """Numbers that sort as the values do, and where there is none (None: nowhere). None is for
        a column that has to be sorted by its texts."""
        if self.is_coded:
            codes, found = self.codes
            return codes.astype(np.int16) if len(found) < 2**15 else codes, _some(codes < 0)
        if self.kind in ("text", "item"):
            return None
        missing = np.asarray(pd.isna(self.array), dtype=np.bool_)
        values = _moments(self.array) if self.kind == "time" else _plain(self.array, missing)
        return values, _some(missing)


def kind_of(dtype: Any) -> str:
    """How values of a dtype are shown and asked for."""
    if isinstance(dtype, ItemDtype):
        return "item"
    types = pd.api.types
    if types.is_bool_dtype(dtype):
        return "flag"
    if types.is_datetime64_any_dtype(dtype) or types.is_timedelta64_dtype(dtype):
        return "time"
    if types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        return "number"
    return "text"


def columns_of(frame: pd.DataFrame) -> list[GridColumn]:
    """The columns of a frame; its index first, unless it only counts the rows."""
    index = frame.index
    made = []
    if not _counts(index):
        levels = range(index.nlevels)
        names = [name if name is not None else "index" for name in index.names]
        made = [GridColumn(names[each], index.get_level_values(each)) for each in levels]
    return made + [
        GridColumn(name, frame.iloc[:, place]) for place, name in enumerate(frame.columns)
    ]


def _counts(index: Any) -> bool:
    return isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1


def _texts(values: list[str | None]) -> Any:
    try:
        return pa.chunked_array([pa.array(values, TEXT)])
    except UnicodeEncodeError:  # a lone surrogate, which Arrow can't hold
        return _texts([each and _without_halves(each) for each in values])


def _without_halves(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _some(missing: Flags) -> Flags | None:
    return missing if missing.any() else None


def _strings(texts: Any) -> Any:
    return pd.arrays.ArrowStringArray(texts)


def _plain(array: Any, missing: Flags) -> Any:
    """Numbers as NumPy has them, 0 where there is none; whole numbers never become floats."""
    if isinstance(array, pd.arrays.NumpyExtensionArray):
        values = array.to_numpy()
        return np.where(missing, 0, values) if missing.any() else values
    return array.to_numpy(dtype=array.dtype.numpy_dtype, na_value=0)


def _moments(array: Any) -> Ints:
    if hasattr(array, "asi8"):
        return np.asarray(array.asi8)
    unit = "m8[ns]" if pd.api.types.is_timedelta64_dtype(array.dtype) else "M8[ns]"
    return np.asarray(array.to_numpy(dtype=unit, na_value=np.datetime64("NaT"))).view(np.int64)
