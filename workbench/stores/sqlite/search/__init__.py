"""Finding items of a SQLite file by their words: an FTS5 index beside the items, kept up to date.

The first search of a file makes the index. From then on whatever deletes or changes an item takes
its words out in the same transaction; new items are taken in some hundreds at a time, within the
transactions that append them, and the rest before a search looks. So a search misses nothing that
was written before it, and an append on disk costs what it did. Taking every item in at once would
make it take two (on disk) to three times (on a tmpfs) as long, as FTS5 writes half a dozen pages
for the smallest change (``python -m tests.bench search``).

Encrypted items are never taken in. Where nothing may be written (a read-only file, one of a later
version, one that the workbench has never written to), or where this Python's SQLite has no FTS5,
the items are looked through one by one. A damaged index is made anew.
"""

from __future__ import annotations
