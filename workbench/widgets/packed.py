"""A page's script in less than half of its bytes, for where what travels counts.

A front end gets a script anew for each panel, over a connection that compresses nothing. This one
unpacks itself, as the browser unpacks what comes over HTTP, and is imported as anywidget imports it
(https://github.com/manzt/anywidget/blob/main/packages/anywidget/src/widget.js): as a blob.
"""

from __future__ import annotations

import base64
import zlib
from functools import cache
from pathlib import Path

_UNPACKING = """\
const bytes = Uint8Array.from(atob("%s"), each => each.charCodeAt(0));
const whole = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
const script = new Blob([await new Response(whole).text()], { type: "text/javascript" });
const address = URL.createObjectURL(script);
const module = await import(address);
URL.revokeObjectURL(address);
export default module.default;
"""


@cache
def packed(script: Path) -> str:
    """The script at this path, packed: a module with the same default export."""
    return _UNPACKING % base64.b64encode(zlib.compress(script.read_bytes(), 9)).decode()
