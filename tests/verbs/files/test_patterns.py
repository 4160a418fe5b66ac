from __future__ import annotations

import pytest

from tests.pace import quickly
from workbench.verbs.files.redact import Redaction

FOUND = {
    "email": [
        "joe@example.com",
        "joe.b+news@mail.example.co.uk",
        "O'Brien@example.com",
        "jörg@müller.de",
        "пётр@пример.рф",
        "joe@example.xn--p1ai",
    ],
    "card": [
        "4111111111111111",
        "4111 1111 1111 1111",
        "5555-5555-5555-4444",
        "3782 822463 10005",
        "378282246310005",
        "6011.1111.1111.1117",
        "4111\u00a01111\u00a01111\u00a01111",
    ],
    "ssn": ["123-45-6789", "123 45 6789", "123\u201145\u20116789"],
    "phone": [
        "555-123-4567",
        "(555) 123-4567",
        "(555)123-4567",
        "555.123.4567",
        "212 555 0199",
        "1-800-555-0199",
        "+1 555 123 4567",
        "+1 (555) 123-4567",
        "+1-555-123-4567 ext. 12",
        "+358401234567",
        "+358 40 123 4567",
        "+44 (0)20 7946 0958",
        "0049 30 1234567",
        "040 123 4567",
        "06 12 34 56 78",
        "020 7946 0958",
        "(020) 7946 0958",
        "030/1234567",
    ],
}

LEFT_ALONE = [
    "2026-11-22",
    "2026-11-22 16:36:00",
    "2026-11-22T16:36:00+02:00",
    "22.11.2026",
    "01-02-2026",
    "01/02/2026 12:30",
    "05-06-2026 1200",
    "20261122163600",
    "call 2026-11-22",
    "order 1234567890",
    "order 5551234567",
    "order 123-4567890-1234567",
    "invoice 4111 1111 1111 1112",
    "call_12345678901",
    "call_4111111111111111",
    "resp_68af4030592c81938ec0a5fbab4a3e9f05438e46b5f69a3b",
    "550e8400-e29b-41d4-a716-446655440000",
    "sha256 4111111111111111ab",
    "1700000000000 ms",
    "1700000000000000 us",
    "192.168.100.200",
    "10.0.0.1",
    "v1.20.300",
    "ISBN 978-3-16-148410-0",
    "3.14159265358979",
    "0.4111111111111111",
    "60.169900, 24.938400",
    "+60.169900, +24.938400",
    "000-12-3456",
    "666-12-3456",
    "123-00-4567",
    "react@18.2.0",
    "pkg@1.0.0-beta",
    "@user",
    "a @ b.com",
    "2024-01-02 2024-01-03",
    "08:15:30 09:20:10",
    "x+12345678901",
    "chapter 12 of 345",
]


@pytest.mark.parametrize(("kind", "text"), [(kind, each) for kind in FOUND for each in FOUND[kind]])
@pytest.mark.parametrize("frame", ["{}", "It is {}.", "({}),", '"{}"', "a\n{}\nb"])
def test_personal_data_is_found_wherever_it_stands(kind: str, text: str, frame: str) -> None:
    redaction = Redaction("all")
    assert redaction.text(frame.format(text)) == frame.format(f"[{kind}]")
    assert redaction.counts == {kind: 1}
    assert Redaction(kind).text(text) == f"[{kind}]"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("call me at 5551234567 now", "call me at [phone] now"),
        ("Tel. 0401234567", "Tel. [phone]"),
        ("phone: 555-1234", "phone: [phone]"),
        ("My phone number is 5551234567", "My phone number is [phone]"),
        ("SSN: 123456789", "SSN: [ssn]"),
        ("mailto:joe@example.com", "mailto:[email]"),
        ("a@b.fi, 4111111111111111 and 555-123-4567", "[email], [card] and [phone]"),
        ("https://example.com/?mail=joe@example.com&n=1", "https://example.com/?mail=[email]&n=1"),
    ],
)
def test_what_stands_around_it_stays(text: str, left: str) -> None:
    assert Redaction("all").text(text) == left


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_dates_orders_ids_and_hashes_are_left_alone(text: str) -> None:
    for frame in ("{}", "It is {}.", '"{}"'):
        assert Redaction("all").text(frame.format(text)) == frame.format(text)


@pytest.mark.parametrize(
    "piece",
    [
        *("a", "a'", "1 ", "1", "+1", "(555) ", "a@", "b.", "0 1-", "call ", "call me at ", "1-"),
        *("a.b-", "4111 ", "+1 ( ) ", "00 1 ", "is", "12 ", "ssn ", '"', "tel ", " ", "ext."),
    ],
)
def test_a_hostile_text_takes_no_long_time(piece: str) -> None:
    quickly(lambda: Redaction("all").text(piece * (200_000 // len(piece))), millions=60)
