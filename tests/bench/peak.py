"""The most memory that a process has had, by itself."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak() -> float:
    """The most megabytes that this process has had.

    On Linux not what getrusage says: that begins with the peak of the process which started this
    one (``setmax_mm_hiwater_rss`` in exec), so that a large one hides all growth in a small one.
    """
    if _STATUS.exists():
        (kilobytes,) = re.findall(r"^VmHWM:\s+(\d+) kB$", _STATUS.read_text(), re.M)
        return int(kilobytes) / 1e3
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
