"""Plots as outputs of a tutorial: two are the same when they look the same."""

from __future__ import annotations

from base64 import b64decode
from functools import cache
from io import BytesIO

from PIL import Image, ImageChops, ImageStat

_SMALL = (96, 48)
_DIFFERENT = 3.0
"""Mean difference of a pixel, of 255. The letters of another version of matplotlib make less, a bar
that is half as long makes more."""


class Picture:
    """A PNG that equals one with the same things at the same places.

    Its bytes are the same from run to run, but not from one version of matplotlib to the next,
    which writes its name into the file and may set letters a little differently.
    """

    def __init__(self, png: str) -> None:
        whole = Image.open(BytesIO(b64decode(png))).convert("RGBA")
        paper = Image.new("RGBA", whole.size, "white")
        seen = Image.alpha_composite(paper, whole).convert("RGB")
        self.size = whole.size
        self._small = seen.resize(_SMALL, Image.Resampling.BOX)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Picture):
            return NotImplemented
        near = all(abs(a - b) <= 0.05 * a for a, b in zip(self.size, other.size, strict=True))
        difference = ImageStat.Stat(ImageChops.difference(self._small, other._small))
        return near and max(difference.mean) < _DIFFERENT

    __hash__ = None  # type: ignore[assignment]  # what is only about equal can't be looked up

    def __repr__(self) -> str:
        return f"Picture({self.size[0]} x {self.size[1]})"


@cache
def know_fonts() -> None:
    """Let matplotlib list the machine's fonts here, which takes seconds the first time: in a cell
    it would say so.
    """
    from matplotlib import font_manager

    font_manager.findfont("DejaVu Sans")
