from __future__ import annotations

from typing import Any

import pytest

from workbench.render.blocks import blocks
from workbench.render.pictures import pictures

PNG = "data:image/png;base64,iVBORw0KGgo="


def user(*addresses: Any) -> dict[str, Any]:
    parts = [{"type": "input_image", "image_url": each} for each in addresses]
    return {"role": "user", "content": parts}


def test_embedded_pictures_are_found_in_order_wherever_they_are() -> None:
    jpeg = "data:image/jpeg;base64,/9j/4AAQ"
    assert pictures(user(PNG, jpeg)) == (PNG, jpeg)
    assert pictures(user({"url": PNG})) == (PNG,)
    output = {"type": "computer_call_output", "output": {"image_url": PNG}}
    assert pictures(output) == (PNG,)
    answer = {"type": "function_call_output", "output": [{"type": "input_image", "image_url": PNG}]}
    assert pictures(answer) == (PNG,)
    made = {"type": "image_generation_call", "result": "AAAA", "output_format": "webp"}
    assert pictures(made) == ("data:image/webp;base64,AAAA",)


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/x.png",
        "//evil.example/x.png",
        "javascript:alert(1)",
        "data:image/svg+xml;base64,PHN2Zz4=",
        "data:text/html;base64,AAAA",
        'data:image/png;base64,AA"onerror="alert(1)',
        "data:image/png;base64,",
        "data:image/png,AAAA",
        "DATA:IMAGE/PNG;BASE64,AAAA",
        " data:image/png;base64,AAAA",
        None,
        3,
        [],
        {},
    ],
)
def test_anything_else_is_no_picture(address: Any) -> None:
    assert pictures(user(address)) == ()
    assert pictures({"type": "image_generation_call", "result": address}) == ()


def test_a_picture_stands_with_its_message_or_its_tool() -> None:
    call = {"type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"}
    answer = {"type": "function_call_output", "call_id": "c", "output": user(PNG)["content"]}
    assert [each.pictures for each in blocks([user(PNG), call, answer])] == [(PNG,), (PNG,)]
