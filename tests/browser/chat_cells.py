"""The notebook of the tests of the chat panel: the conversations that it shows."""

from __future__ import annotations

from tests.render.hostile import PAYLOADS

CELLS = {
    "load": """\
import os
os.environ["WORKBENCH_HOME"] = "chats"
%load_ext workbench
import workbench as wb
from agents import Agent, function_tool
from workbench import loop
from workbench.models import OfflineModel

@function_tool(needs_approval=True)
def send_mail(to: str) -> str:
    "Send a mail."
    return f"sent to {to}"

slow = Agent(name="Slow", model=OfflineModel(delay=0.2))
mailer = Agent(name="Mailer", tools=[send_mail], model=OfflineModel())
panel = wb.chat("talk", agent=slow)""",
    "panel": "panel",
    "elsewhere": "t = wb.ask('talk', 'My dog is called Rex', stream=False)",
    "python": "print(type(panel.session).__name__, [each.status for each in panel.turns])",
    "rich": '''\
REPLY = """# Title

Some **bold** words and `code`, a [link](https://example.com/).

```python
def add(a: int, b: int) -> int:
    return a + b  # the sum
```

| name | price |
| --- | ---: |
| tea | 2 |

![far](https://far.example/pixel.png)
![near](data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==)

مرحبا بالعالم
"""
rich = wb.session("rich")
loop.run(rich.add_items([
    {"role": "user", "content": "Show me everything"},
    {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "I *think*."}]},
    {"type": "function_call", "call_id": "c1", "name": "weather", "arguments": '{"city": "Oulu"}'},
    {"type": "function_call_output", "call_id": "c1", "output": '{"degrees": -12}'},
    {"role": "assistant", "content": REPLY},
    {"role": "user", "content": [
        {"type": "input_text", "text": "宽字符 and a picture"},
        {"type": "input_image", "image_url": "https://far.example/cat.png"},
    ]},
    {"role": "assistant", "content": "A cat."},
]))
rich_panel = wb.chat("rich")''',
    "rich-panel": "rich_panel",
    "approve": "wb.chat('mail', agent=mailer)",
    "compacted": """\
for number in range(6):
    wb.ask("long", f"My number {number} is {number * 11}", stream=False)
wb.compact("long", max_messages=4)
long_panel = wb.chat("long")""",
    "compacted-panel": "long_panel",
    "many": """\
big = wb.session("big")
loop.run(big.add_items([
    {"role": "user" if n % 2 == 0 else "assistant", "content": f"message {n} " + "word " * (n % 40)}
    for n in range(10_000)
]))
big_panel = wb.chat("big")""",
    "many-panel": "big_panel",
    "hostile": f"PAYLOADS = {PAYLOADS!r}"
    """
items = []
for n, payload in enumerate(PAYLOADS):
    items += [{"role": role, "content": payload} for role in ("user", "assistant", "system")]
    items += [
        {"type": "function_call", "call_id": f"c{n}", "name": payload[:60], "arguments": payload},
        {"type": "function_call_output", "call_id": f"c{n}", "output": payload},
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": payload}]},
        {"type": payload, "content": payload},
    ]
items = [each for each in items if "\\ud800" not in str(each)]
loop.run(wb.session(PAYLOADS[3]).add_items(items))
hostile_panel = wb.chat(PAYLOADS[3])""",
    "hostile-panel": "hostile_panel",
}
"""Name and source of each cell; the names are the ids."""
