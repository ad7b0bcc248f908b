"""Tables: dataclasses whose fields are arrays of equal length, one row for each track or person."""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from shared.messages import Array

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

Indices = NDArray[np.intp]


def _columns(table: "DataclassInstance") -> dict[str, NDArray[Any]]:
    return {field.name: getattr(table, field.name) for field in fields(table)}


def taken(table: T, rows: Indices | NDArray[np.bool_]) -> T:
    """The chosen rows, in that order."""
    return replace(table, **{name: column[rows] for name, column in _columns(table).items()})


def joined(table: T, other: T) -> T:
    """The rows of both."""
    beside = _columns(other)
    return replace(table, **{name: np.concatenate([a, beside[name]]) for name, a in _columns(table).items()})


def changed(table: T, rows: Indices, other: T) -> T:
    """The table with `rows` replaced by those of `other`."""
    columns = {name: column.copy() for name, column in _columns(table).items()}
    for name, column in _columns(other).items():
        columns[name][rows] = column
    return replace(table, **columns)


def packed(table: "DataclassInstance") -> dict[str, Array]:
    """The table for a checkpoint, exact to the bit."""
    return {name: Array.of(column) for name, column in _columns(table).items()}


def unpacked(kind: type[T], arrays: Mapping[str, Array]) -> T:
    """The way back from `packed`.

    Raises:
        KeyError: a column is missing.
    """
    return kind(**{field.name: arrays[field.name].numpy().copy() for field in fields(kind)})
