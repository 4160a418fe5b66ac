from __future__ import annotations

import pytest

from workbench.errors import InvalidStoreURL
from workbench.workspace.urls import (
    family,
    host_of,
    needs_password,
    same_place,
    server_of,
    with_password,
    without_password,
)


@pytest.mark.parametrize(
    ("url", "kept", "password"),
    [
        ("redis://:s3cret@host:6379/0?ttl=5", "redis://:@host:6379/0?ttl=5", "s3cret"),
        ("rediss://ann:s3cret@host", "rediss://ann:@host", "s3cret"),
        ("redis://:p%40ss%2Fword@host/1", "redis://:@host/1", "p@ss/word"),
        ("redis://:a:b@c@host/1", "redis://:@host/1", "a:b@c"),
        ("redis://host:6379/0", "redis://host:6379/0", None),
        ("redis://ann@host", "redis://ann@host", None),
        ("redis://:@host", "redis://:@host", None),
        ("redis://host/0?name=a@b:c", "redis://host/0?name=a@b:c", None),
        ("memory://x", "memory://x", None),
        ("openai://", "openai://", None),
    ],
)
def test_a_url_is_kept_without_its_password(url: str, kept: str, password: str | None) -> None:
    assert without_password(url) == (kept, password)
    assert without_password(kept) == (kept, None)
    assert needs_password(kept) is (":@" in kept)
    if password is not None:
        again = with_password(kept, password)
        assert without_password(again) == (kept, password)
        assert password not in kept


def test_a_secret_among_the_options_is_refused_and_not_repeated() -> None:
    for url in ("openai://?api_key=hidden", "redis://host?password=hidden"):
        with pytest.raises(InvalidStoreURL, match="never remembered") as caught:
            without_password(url)
        assert "hidden" not in str(caught.value)


def test_one_place_has_many_users_and_one_name() -> None:
    assert same_place("redis://:@host/1?ttl=3") == same_place("redis://ann:pw@host/1?ttl=3")
    assert same_place("redis://host/1") != same_place("redis://host/2")
    assert server_of("redis://ann:@host:1/2?ttl=3") == "redis://ann:@host:1/2"
    assert host_of("redis://ann:pw@host:1/2?ttl=3") == "redis://host:1/2"
    assert [family(f"{each}://h") for each in ("redis", "rediss", "redis+cluster", "openai")] == [
        *["redis"] * 3,
        "openai",
    ]
