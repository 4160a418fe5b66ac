from __future__ import annotations

from typing import Any

import pytest

from workbench.models.attached import said_and_attached

LABEL = {"type": "input_text", "text": "[image cat.png]"}
IMAGE = {"type": "input_image", "image_url": "data:image/png;base64,AA=="}
FILE = {"type": "input_file", "filename": "plan.pdf", "file_data": "data:x;base64,AA=="}
SOUND = {"type": "input_audio", "input_audio": {"data": "AA==", "format": "wav"}}
SAID = {"type": "input_text", "text": "What is this?"}


@pytest.mark.parametrize(
    ("content", "said", "attached"),
    [
        ("What is this?", "What is this?", ()),
        ([SAID], "What is this?", ()),
        ([SAID, LABEL, IMAGE, FILE], "What is this?", ("cat.png", "plan.pdf")),
        ([IMAGE], "", ("an image",)),
        ([SAID, SOUND, {"type": "input_file"}], "What is this?", ("a sound", "a file")),
        ([LABEL], "[image cat.png]", ()),
        ([None, 3, SAID], "What is this?", ()),
        (None, "", ()),
    ],
)
def test_what_is_attached_is_no_part_of_what_is_said(
    content: Any, said: str, attached: tuple[str, ...]
) -> None:
    assert said_and_attached({"role": "user", "content": content}) == (said, attached)
