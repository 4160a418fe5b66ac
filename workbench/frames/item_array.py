"""The column of the items themselves: a pandas array that decodes an item when it is looked at.

A million dicts take gigabytes and most of the time of a frame, and few of them are ever looked at.
So items that a store keeps as JSON stay texts, side by side in Arrow's memory, until they are
asked for; each look makes a new dict. Items that came as Python objects are kept as they came.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeAlias, cast

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.extensions import ExtensionArray, ExtensionDtype, register_extension_dtype
from pandas.api.indexers import check_array_indexer

from workbench.errors import InvalidItem
from workbench.items import decode, encode

if TYPE_CHECKING:
    from pandas._typing import type_t

Objects = np.ndarray[Any, np.dtype[np.object_]]
Texts: TypeAlias = "pa.ChunkedArray[Any]"
Arrow: TypeAlias = "pa.Array[Any] | pa.ChunkedArray[Any]"
_TEXT = pa.large_binary()


@register_extension_dtype
class ItemDtype(ExtensionDtype):
    """pandas' name for a column of items: ``item``. What is missing there is None."""

    name = "item"
    type = object
    kind = "O"
    na_value = None  # what an object column answers too

    @classmethod
    def construct_array_type(cls) -> type_t[ExtensionArray]:
        """The array of this dtype."""
        return ItemArray

    def __from_arrow__(self, array: Arrow) -> ItemArray:
        """A column of JSON texts as items; pandas asks for it when it reads Parquet."""
        chunks = array.chunks if isinstance(array, pa.ChunkedArray) else [array]
        return ItemArray(pa.chunked_array([each.cast(_TEXT) for each in chunks], _TEXT))


class ItemArray(ExtensionArray):
    """Items as a column: ``array[0]`` is a dict. Writing to it decodes all of it first.

    ``values`` are JSON texts (a ChunkedArray of large_binary) or Python objects (a NumPy array).
    """

    def __init__(self, values: Texts | Objects) -> None:
        self._values = values

    @classmethod
    def _from_sequence(cls, scalars: Any, *, dtype: Any = None, copy: bool = False) -> Self:
        if isinstance(scalars, cls):
            return scalars.copy() if copy else scalars
        return cls(_objects(scalars))

    @property
    def dtype(self) -> ItemDtype:
        """The dtype, ``item``."""
        return ItemDtype()

    @property
    def nbytes(self) -> int:
        """How many bytes the texts take, or the references to the objects."""
        return int(self._values.nbytes)

    def __len__(self) -> int:
        return len(self._values)

    def __iter__(self) -> Iterator[Any]:
        if isinstance(self._values, np.ndarray):
            yield from self._values
            return
        for chunk in self._values.chunks:
            for text in chunk:
                yield _decoded(text.as_py())

    def __getitem__(self, item: Any) -> Any:
        where = check_array_indexer(self, item)
        if isinstance(where, (int, np.integer)):
            return self._one(int(where))
        if isinstance(self._values, np.ndarray):
            return type(self)(self._values[where])
        if isinstance(where, slice):
            return self._slice(where)
        if where.dtype == bool:
            where = np.flatnonzero(where)
        return self.take(where)

    def _one(self, place: int) -> Any:
        if not -len(self) <= place < len(self):
            raise IndexError(f"item {place} of an array of {len(self)}")
        found = self._values[place]
        return found if isinstance(self._values, np.ndarray) else _decoded(found.as_py())

    def _slice(self, where: slice) -> Self:
        start, stop, step = where.indices(len(self))
        if step != 1:
            return self.take(np.arange(start, stop, step))
        texts = cast(Texts, self._values)
        return type(self)(texts.slice(start, max(0, stop - start)))

    def __setitem__(self, key: Any, value: Any) -> None:
        where = check_array_indexer(self, key)
        values = self._values if isinstance(self._values, np.ndarray) else _objects(self)
        if isinstance(where, (int, np.integer)):
            values[where] = value
        elif isinstance(value, (ItemArray, list, tuple, np.ndarray, pd.Series)):
            values[where] = _objects(value)
        else:  # one item for all of these places
            for place in np.arange(len(self))[where]:
                values[place] = value
        self._values = values

    def __eq__(self, other: object) -> Any:
        if isinstance(other, (pd.Series, pd.Index, pd.DataFrame)):
            return NotImplemented
        alone = isinstance(other, (dict, str)) or not isinstance(other, Iterable)
        others: Iterable[Any] = [other] * len(self) if alone else cast("Sequence[Any]", other)
        pairs = zip(self, others, strict=True)
        return np.fromiter((mine == theirs for mine, theirs in pairs), dtype=bool, count=len(self))

    def isna(self) -> np.ndarray[Any, Any]:
        """Where there is no item: None, NA, or not a number."""
        if isinstance(self._values, np.ndarray):
            return pd.isna(self._values)
        return self._values.is_null().to_numpy()

    def take(self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None) -> Self:
        """The items at these places; with ``allow_fill`` -1 is a missing one."""
        places = _checked(np.asarray(indices, dtype=np.intp), len(self), allow_fill)
        if isinstance(self._values, pa.ChunkedArray) and fill_value is None:
            return type(self)(self._values.take(pa.array(places, pa.int64(), mask=places < 0)))
        missing = np.fromiter([fill_value], dtype=object, count=1)
        return type(self)(np.concatenate([_objects(self), missing])[places])

    def copy(self) -> Self:
        """Another array of the same items."""
        values = self._values
        return type(self)(values.copy() if isinstance(values, np.ndarray) else values)

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[Self]) -> Self:
        parts = [each._values for each in to_concat]
        texts = [each for each in parts if isinstance(each, pa.ChunkedArray)]
        if len(texts) == len(parts):
            return cls(pa.chunked_array([chunk for each in texts for chunk in each.chunks], _TEXT))
        return cls(np.concatenate([_objects(each) for each in to_concat]))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray[Any, Any]:
        return _objects(self).astype(dtype or object, copy=False)

    def __arrow_array__(self, type: Any = None) -> Arrow:
        """The JSON texts, as Parquet and Arrow keep them."""
        if isinstance(self._values, np.ndarray):
            return pa.array(map(_text, self._values), type or pa.large_string())
        return self._values.cast(type or pa.large_string())

    def _values_for_factorize(self) -> tuple[Objects, Any]:
        return _objects(self), None

    @classmethod
    def _from_factorized(cls, values: Any, original: Any) -> Self:
        return cls(_objects(values))

    def _formatter(self, boxed: bool = False) -> Callable[[Any], str]:
        return str if boxed else repr


def _decoded(text: bytes | None) -> Any:
    return None if text is None else decode(text)


def _objects(items: Any) -> Objects:
    """``items`` as an array of objects: lists among them stay what they are."""
    if isinstance(items, ItemArray) and isinstance(items._values, np.ndarray):
        return items._values
    listed = list(items)
    return np.fromiter(listed, dtype=object, count=len(listed))


Places: TypeAlias = "np.ndarray[Any, np.dtype[np.intp]]"


def _checked(places: Places, length: int, allow_fill: bool) -> Places:
    """The places to take from the start; -1 is a missing item, where that is allowed."""
    if allow_fill and (places < -1).any():
        raise ValueError("a place to take from is a number from 0, or -1 for what is missing")
    if len(places) and (places.max() >= length or places.min() < -max(length, allow_fill)):
        raise IndexError(f"a place outside of an array of {length} items")
    return places if allow_fill else np.where(places < 0, places + length, places)


def _text(item: Any) -> str | None:
    """The JSON text of an item; of what is none, as far as JSON can tell it."""
    if item is None or item is pd.NA:
        return None
    try:
        return encode(item)
    except InvalidItem:
        return json.dumps(item, default=str)
