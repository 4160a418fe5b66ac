"""What models cost, and how much they read at once: the price list, a file that can be replaced.

The list is ``workbench/prices.toml`` unless WORKBENCH_PRICES names another file, or a call gives
one. What it does not say is not known: a cost is None then, never 0. The offline model costs
nothing, whatever the list says, as nobody is asked.
"""

from __future__ import annotations

import math
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from workbench.errors import InvalidValue, nearest, shorten

VARIABLE = "WORKBENCH_PRICES"
"""The environment variable that names another price list."""

OFFLINE = "offline"
"""`workbench.models.response.NAME`, for 2 s less to import."""

PACKAGED = Path(__file__).parent.parent / "prices.toml"

_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}$")
_PREFIXES = ("chat:", "responses:", "openai/")
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One model: dollars per million tokens, and the tokens of its window. None: not known."""

    input: float | None = None
    cached: float | None = None
    output: float | None = None
    window: int | None = None


_FREE = Price(input=0.0, cached=0.0, output=0.0)


@dataclass(frozen=True, slots=True)
class Prices:
    """A price list: ``models`` by name, where it is from, and when it was checked."""

    models: Mapping[str, Price]
    source: str = ""
    checked: date | None = None
    path: Path | None = field(default=None, compare=False)

    def of(self, model: str | None) -> Price:
        """What is known of a model, by its name or the name without a date; all None for others."""
        name = _plain(model or "")
        if name == OFFLINE:
            return _FREE
        return self.models.get(name) or self.models.get(_DATED.sub("", name)) or Price()

    def knows(self, model: str) -> bool:
        """Whether the list has something about a model of this name."""
        return self.of(model) != Price()

    def cost(
        self,
        model: str | None,
        input_tokens: int | None,
        output_tokens: int | None,
        *,
        cached_tokens: int = 0,
    ) -> float | None:
        """Dollars for these tokens (``cached_tokens`` are among the input); None: not known."""
        price = self.of(model)
        if price is _FREE:
            return 0.0
        if price.input is None or price.output is None:
            return None
        if input_tokens is None or output_tokens is None:
            return None
        cached = min(cached_tokens, input_tokens)
        discounted = price.input if price.cached is None else price.cached
        read = (input_tokens - cached) * price.input + cached * discounted
        return (read + output_tokens * price.output) / _MILLION


def _plain(model: str) -> str:
    for prefix in _PREFIXES:
        model = model.removeprefix(prefix)
    return model.strip()


def price_list(given: Any = None) -> Prices:
    """The price list: ``given`` (the path of a TOML file), WORKBENCH_PRICES, or the packaged one.

    Raises InvalidValue when it can't be read or says something that can't be a price.
    """
    if isinstance(given, Prices):
        return given
    if given is not None and not isinstance(given, str | os.PathLike):
        kind = type(given).__name__
        raise InvalidValue(f"prices is the path of a TOML file like prices.toml, not a {kind}")
    named = given if given is not None else os.environ.get(VARIABLE)
    path = Path(named).expanduser() if named else PACKAGED
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as exc:
        why = getattr(exc, "strerror", None) or "it is not UTF-8 text"
        raise InvalidValue(
            f"the price list {shorten(str(path), 300)} can't be read: {why}"
        ) from exc
    return _read(text, path)


@lru_cache(maxsize=8)
def _read(text: str, path: Path) -> Prices:
    where = f"the price list {shorten(str(path), 300)}"
    try:
        values = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as exc:
        raise InvalidValue(f"{where} is not TOML: {exc}") from exc
    _only(values, ("source", "checked", "models"), where)
    models = values.get("models")
    if not isinstance(models, dict):
        raise InvalidValue(f'{where} has no models: write [models."NAME"] with input and output')
    return Prices(
        {
            _plain(name): _price(entry, f"{where}, {shorten(name)}")
            for name, entry in models.items()
        },
        str(values.get("source", "")),
        checked if isinstance(checked := values.get("checked"), date) else None,
        path,
    )


def _price(entry: Any, where: str) -> Price:
    if not isinstance(entry, dict):
        raise InvalidValue(f"{where}: a model has input, cached, output and window")
    _only(entry, tuple(each.name for each in fields(Price)), where)
    for name, value in entry.items():
        if not _is_amount(value) or (name == "window" and not (isinstance(value, int) and value)):
            what = "a number of tokens from 1" if name == "window" else "dollars from 0"
            raise InvalidValue(f"{where}: {name} is {what}, not {shorten(str(value))}")
    return Price(**entry)


def _is_amount(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and 0 <= value < math.inf


def _only(values: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in values:
        if name not in known:
            hint = nearest(name, known, plural="fields")
            raise InvalidValue(f"{where} says {shorten(name)}, which means nothing here; {hint}")
