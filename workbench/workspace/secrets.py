"""The secrets of a kernel: keys of encrypted sessions, passwords of stores. Never written down.

A key is looked for in this order: an object that was passed, ``WORKBENCH_KEY``, the system's
keyring (service ``workbench``, the session's name as user), a prompt. A password likewise: the URL
that was passed, ``WORKBENCH_REDIS_PASSWORD`` or ``REDIS_PASSWORD`` (for another scheme its own
name), the keyring (the URL without password and options as user), a prompt.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

from workbench.errors import InvalidValue, KeyRequired, MissingExtra, PasswordRequired, shorten
from workbench.workspace.urls import family, host_of, server_of, without_password

SERVICE = "workbench"
"""The service under which the keyring knows our keys and passwords."""

KEY = "WORKBENCH_KEY"
NEW_KEY = "WORKBENCH_NEW_KEY"
"""The environment variables of the key, and of the one to change to."""

WORDS = "passphrase:"
"""Begins the text of a key that is a passphrase: ``passphrase:some words``."""

_unattended: ContextVar[bool] = ContextVar("workbench_unattended", default=False)


class Secrets:
    """What this kernel knows, by the name of the session or the URL of the store."""

    def __init__(self) -> None:
        self._keys: dict[str, Any] = {}
        self._passwords: dict[str, str] = {}
        self._passphrases: dict[str, Any] = {}
        """By their words: a passphrase is costly to unlock, so that each stays one object."""

    def __repr__(self) -> str:
        return "Secrets()"

    def keep(self, name: str, key: Any) -> None:
        """Use ``key`` for the session ``name`` from now on, as long as the kernel lives."""
        self._keys[name] = self.read(key)

    def forget(self, name: str) -> None:
        """Know no key of this session any more."""
        self._keys.pop(name, None)

    def key(self, name: str) -> Any:
        """The key of a session, without asking; None when none is known.

        Raises KeyRequired, which says where it stands, for one that can't be used.
        """
        if name in self._keys:
            return self._keys[name]
        if found := os.environ.get(KEY):
            return self._usable(found, f"the environment variable {KEY}")
        if found := _from_keyring(name):
            return self._usable(found, f"the system's keyring ({SERVICE}, {shorten(name)})")
        return None

    def _usable(self, text: str, where: str) -> Any:
        from workbench.sessions.encryption.keys import checked_keys

        try:
            checked_keys(key := self.read(text))
        except InvalidValue as exc:
            raise KeyRequired(f"the key in {where} can't be used: {exc}") from None
        return key

    def ways(self, name: str) -> list[tuple[str, bool]]:
        """Where the key of a session is looked for, in order, and whether there is one."""
        return [
            ("given in this kernel", name in self._keys),
            (f"the environment variable {KEY}", bool(os.environ.get(KEY))),
            (f"the system's keyring ({SERVICE}, {shorten(name)})", bool(_from_keyring(name))),
        ]

    def ask_key(self, name: str, *, new: bool = False) -> Any:
        """The key of a session that somebody types in (a ``new`` one twice); not kept yet.

        Raises KeyRequired, which says the ways, where nobody can be asked.
        """
        typed = asked(f"Key of session {shorten(name)} (or {WORDS}WORDS): ")
        if new and typed and asked("The same key again: ") != typed:
            raise KeyRequired("the two keys are not the same; nothing was changed")
        if not typed:
            raise no_key(name)
        return self.read(typed)

    def new_key(self, name: str) -> Any:
        """The key that a session is to get instead: ``WORKBENCH_NEW_KEY``, or what is typed in."""
        found = os.environ.get(NEW_KEY)
        if found:
            return self.read(found)
        with suppress(KeyRequired):
            return self.ask_key(name, new=True)
        raise KeyRequired(
            f"a new key for session {shorten(name)} is needed: give new_key= in Python, or set "
            f"{NEW_KEY}; wb.generate_key() makes one"
        )

    def read(self, key: Any) -> Any:
        """A key as `EncryptedSession` takes it: ``passphrase:words`` becomes a Passphrase."""
        if isinstance(key, (list, tuple)):
            return [self.read(each) for each in key]
        if not isinstance(key, str):
            return key
        key = key.rstrip("\r\n")  # of the file or the command that it was taken from
        if not key.startswith(WORDS):
            return key
        words = key.removeprefix(WORDS)
        if words not in self._passphrases:
            from workbench.sessions.encryption.passphrase import Passphrase

            self._passphrases[words] = Passphrase(words)
        return self._passphrases[words]

    def keep_password(self, url: str, password: str) -> None:
        """Use ``password`` for the store ``url`` (without it) as long as the kernel lives."""
        self._passwords[server_of(url)] = password

    @contextmanager
    def on_trial(self, url: str) -> Iterator[None]:
        """A password that comes with ``url`` is kept only if the block ends well."""
        server = server_of(without_password(url)[0])
        before = self._passwords.get(server)
        try:
            yield
        except BaseException:
            self._passwords.pop(server, None)
            if before is not None:
                self._passwords[server] = before
            raise

    def password(self, url: str) -> str:
        """The password of a store, without asking. Raises PasswordRequired, which says the ways."""
        server = server_of(url)
        if server in self._passwords:
            return self._passwords[server]
        found = next(filter(None, map(os.environ.get, password_names(url))), None)
        found = found or _from_keyring(server)
        if found is None:
            raise PasswordRequired(
                f"{host_of(url)} wants its password, which is never remembered: set "
                f"{password_names(url)[0]}, or open a session there once with the URL that has it"
            )
        return found

    def ask_password(self, url: str) -> None:
        """Ask for the password of a store where it is not known; in the calling thread."""
        try:
            self.password(url)
        except PasswordRequired:
            if typed := asked(f"Password of {host_of(url)}: "):
                self.keep_password(url, typed)


def password_names(url: str) -> list[str]:
    """The environment variables that hold the password of a store."""
    name = f"{family(url).upper()}_PASSWORD"
    return [f"WORKBENCH_{name}", name]


def no_key(name: str) -> KeyRequired:
    """The error that says the ways in which a key can be given."""
    try:
        _keyring()
        keyring = f"keep it in the keyring (keyring set {SERVICE} NAME)"
    except MissingExtra as missing:
        keyring = str(missing)
    return KeyRequired(
        f"session {shorten(name)} needs its key, and no key for it is known: set {KEY}, "
        f"pass key= to wb.session or wb.encrypt, or {keyring}"
    )


@contextmanager
def silent() -> Iterator[None]:
    """Nobody is asked for anything in here: a panel has no cell for a prompt to stand in, but
    fields of its own."""
    token = _unattended.set(True)
    try:
        yield
    finally:
        _unattended.reset(token)


def asked(prompt: str) -> str | None:
    """What somebody types in, unseen; None in a front end where nobody can be asked."""
    getpass = None if _unattended.get() else _getpass()
    if getpass is None:
        return None
    try:
        return getpass(prompt)
    except (EOFError, RuntimeError, NotImplementedError, OSError):
        return None  # nbconvert, papermill: a kernel without input


def _getpass() -> Callable[[str], str] | None:
    import getpass

    core = sys.modules.get("IPython")
    shell = core.get_ipython() if core else None
    if getattr(shell, "kernel", None) is not None:
        return getpass.getpass  # the kernel's own, which asks the front end
    with suppress(AttributeError, ValueError):  # no stdin, or a closed one
        # Elsewhere getpass would read, and show, whatever is piped in.
        return getpass.getpass if sys.stdin.isatty() else None
    return None


def _keyring() -> Any:
    try:
        import keyring
    except ImportError:
        raise MissingExtra(
            "install the extra for the system's keyring "
            "(pip install 'conversation-workbench[keyring]')"
        ) from None
    return keyring


def _from_keyring(user: str) -> str | None:
    """What the keyring holds; None where there is no keyring, or a locked one."""
    with suppress(MissingExtra):
        keyring = _keyring()
        with suppress(keyring.errors.KeyringError):
            found: str | None = keyring.get_password(SERVICE, user)
            return found
    return None
