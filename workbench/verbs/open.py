"""``wb.open``: a store as a whole, an application's own too: looked at, and left as it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from workbench import loop
from workbench.errors import InvalidValue, StoreUnusable, shorten
from workbench.frames.catalogue import SESSION_COLUMNS
from workbench.frames.columns import build_frame
from workbench.protocols import SessionInfo, Store
from workbench.render.text import one_line
from workbench.sessions.stored import StoredSession
from workbench.stores.read_only import read_only_url
from workbench.stores.sqlite import file_of, url_of
from workbench.stores.urls import StoreURL, redacted
from workbench.verbs.opening import know_password
from workbench.verbs.progress import with_progress
from workbench.verbs.subject import in_store
from workbench.workspace import handle, workspace
from workbench.workspace.urls import checked_url, without_password

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 50
"""Sessions that a store shows of itself; `OpenedStore.sessions` has them all."""


def open(url: str, *, write: bool = False) -> OpenedStore:
    """The store at ``url`` with all its sessions, whoever has written them.

    ``sqlite:///app.db``, ``redis://localhost:6379`` and any other store URL; what the SDK's own
    session classes have written there is listed and read as it is. Unless ``write`` is True
    nothing is written, and whatever would write raises StoreReadOnly: a SQLite file and its folder
    stay as they are byte for byte, and Redis gets no key. An application may go on writing
    meanwhile: each look shows what is there then. Raises StoreUnusable (no such file, no database),
    StoreUnreachable, PasswordRequired, InvalidStoreURL.

    >>> turn = wb.ask("demo", "My name is John", store="sqlite:///app.db")
    >>> app = wb.open("sqlite:///app.db")
    >>> list(app.history("demo")["content"])
    ['My name is John', 'Nice to meet you, John.']
    """
    parsed = StoreURL.parse(checked_url(url))
    if write and parsed.flag("read_only"):
        raise InvalidValue(f"{redacted(url)} says read_only=1, and write=True says the contrary")
    place = workspace()
    with place.secrets.on_trial(url):
        know_password(place, url)
        kept = _anywhere(parsed) if "@" not in url else without_password(url)[0]
        opened = OpenedStore(kept if write else read_only_url(kept), write=write)
        with_progress("opening", lambda _report: opened._look())
    return opened


def _anywhere(url: StoreURL) -> str:
    """A URL that means the same file in any folder."""
    path = file_of(url)
    return url.text if path is None else url_of(path, **url.options)


class OpenedStore:
    """A store that was opened by `open`; it shows itself as the list of its sessions.

    ``for session_id in store``, ``len(store)`` and ``"id" in store`` are about its sessions.
    """

    def __init__(self, url: str, *, write: bool) -> None:
        self._url = url
        self.write = write
        """Whether what it hands out may be written to."""

    @property
    def store(self) -> Store:
        """The store itself."""
        return workspace().store_at(self._url)

    @property
    def url(self) -> str:
        """Where it is, without secrets."""
        return self.store.url

    @property
    def sessions(self) -> pd.DataFrame:
        """Its sessions, one row each, the last used first: `workbench.frames.catalogue`."""
        return build_frame(SESSION_COLUMNS, self._infos())

    def list_sessions(self) -> pd.DataFrame:
        """As `sessions`."""
        return self.sessions

    def session(self, session_id: str) -> StoredSession:
        """One of its sessions, as the SDK's ``Runner`` takes it; a new one only with ``write``.

        Raises UnknownSession with the nearest ids.
        """
        if not self.write:
            loop.run(in_store(session_id, self._url, raw=True))
        return handle(self.store, session_id)

    def history(self, session_id: str, **how: Any) -> pd.DataFrame:
        """The items of a session: ``wb.history`` with its keywords."""
        from workbench.verbs.look import history

        return history(session_id, store=self._url, **how)

    def turns(self, session_id: str) -> pd.DataFrame:
        """The turns of a session: ``wb.turns``."""
        from workbench.verbs.look import turns

        return turns(session_id, store=self._url)

    def search(self, text: str, **how: Any) -> pd.DataFrame:
        """The items with these words in all its sessions: ``wb.search`` with its keywords."""
        from workbench.verbs.search import search

        return search(text, store=self._url, **how)

    def __iter__(self) -> Iterator[str]:
        return iter([info.session_id for info in self._infos()])

    def __len__(self) -> int:
        return len(self._infos())

    def __contains__(self, session_id: object) -> bool:
        return any(info.session_id == session_id for info in self._infos())

    def __bool__(self) -> bool:
        """It is there, also when it has no sessions."""
        return True

    def __repr__(self) -> str:
        return f"<{self._heading(len(self))}>"

    def __str__(self) -> str:
        infos = self._infos()
        return f"{self._heading(len(infos))}\n{_frame(infos).to_string(index=False)}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Plain text, Markdown and HTML."""
        from workbench.render.lines import table

        infos = self._infos()
        heading, frame = self._heading(len(infos)), _frame(infos)
        rows = [[_text(value) for value in row] for row in frame.itertuples(index=False)]
        plain = f"{heading}\n{frame.to_string(index=False)}"
        return {"text/plain": plain, **table(list(frame.columns), rows, title=heading)}

    def _heading(self, count: int) -> str:
        how = "" if self.write else ", read only"
        more = f", the last used {SHOWN}" if count > SHOWN else ""
        return f"{one_line(self.url, 200)}{how}: {count} session{'' if count == 1 else 's'}{more}"

    def _infos(self) -> list[SessionInfo]:
        return loop.run(self.store.list_sessions())

    async def _look(self) -> None:
        """Have what is wrong said now, not when it is first shown."""
        store: Any = self.store
        file = getattr(store, "file", None)
        if file is not None and not file.exists():
            raise StoreUnusable(
                f"there is no file {shorten(str(store.path), 200)}; a path counts from the current "
                "folder, and sqlite:////PATH from the root"
            )
        await store.list_sessions()


def _frame(infos: list[SessionInfo]) -> pd.DataFrame:
    """The sessions that are shown, in the columns of a screen."""
    frame = build_frame(SESSION_COLUMNS, infos[:SHOWN])
    frame["session_id"] = frame["session_id"].map(lambda name: one_line(name, 80))
    for column in ("created_at", "updated_at"):
        frame[column] = frame[column].dt.floor("s")
    return frame


def _text(value: Any) -> str:
    import pandas as pd

    return "" if pd.isna(value) else str(value)
