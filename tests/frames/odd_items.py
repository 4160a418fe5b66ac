"""Items of every kind, sound and odd, for hypothesis: all that JSON can hold may lie in a store."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

TEXTS = st.one_of(
    st.sampled_from(["", "Hi", "café ☃ 😀", "two\nlines", '"quoted" \\ ', "half \ud83d", "\x00"]),
    st.text(max_size=12),
)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["output_text", "input_text", "input_image", "input_file", "x"]),
        "text": st.one_of(TEXTS, JSON),
        "refusal": TEXTS,
        "filename": TEXTS,
    },
)
CONTENTS = st.one_of(TEXTS, st.lists(st.one_of(PARTS, TEXTS, JSON), max_size=3), JSON)
CALLS = st.sampled_from(["c1", "c2", "c3", ""])
STATUSES = st.sampled_from(["completed", "failed", "incomplete"])

MESSAGES = st.fixed_dictionaries(
    {"role": st.sampled_from(["user", "assistant", "system", "developer"]), "content": CONTENTS},
    optional={
        "type": st.sampled_from(["message", "", None]),
        "id": st.one_of(TEXTS, st.integers(0, 9), st.none()),
        "status": STATUSES,
        "call_id": CALLS,
        "error": JSON,
        "wb1": st.sampled_from(["q83vEjRWeJA=", "AAAA"]),
    },
)
FUNCTION_CALLS = st.fixed_dictionaries(
    {
        "type": st.just("function_call"),
        "name": st.sampled_from(["add", "find", ""]),
        "arguments": st.one_of(TEXTS, JSON),
        "call_id": CALLS,
    },
    optional={"id": TEXTS, "status": STATUSES, "role": TEXTS, "error": JSON},
)
OUTPUTS = st.fixed_dictionaries(
    {
        "type": st.just("function_call_output"),
        "call_id": st.one_of(CALLS, st.none()),
        "output": st.one_of(
            CONTENTS,
            st.sampled_from(
                [
                    "An error occurred while running the tool. Why?",
                    "Tool 'a' timed out after 2 seconds.",
                    "Tool execution was not approved.",
                ]
            ),
        ),
    },
    optional={"id": TEXTS, "status": STATUSES, "error": JSON},
)
HOSTED = st.fixed_dictionaries(
    {
        "type": st.sampled_from(
            [
                *("web_search_call", "computer_call", "computer_call_output", "mcp_call"),
                *("custom_tool_call", "custom_tool_call_output", "local_shell_call_output"),
                *("reasoning", "compaction", "item_reference", "mcp_approval_request", "new kind"),
            ]
        )
    },
    optional={
        "id": TEXTS,
        "name": TEXTS,
        "input": JSON,
        "action": JSON,
        "output": CONTENTS,
        "summary": CONTENTS,
        "call_id": CALLS,
        "status": STATUSES,
        "error": JSON,
        "role": TEXTS,
    },
)
ENVELOPES = st.fixed_dictionaries({"wb1": TEXTS}, optional={"role": TEXTS})

ITEMS: st.SearchStrategy[dict[str, Any]] = st.one_of(
    MESSAGES,
    FUNCTION_CALLS,
    OUTPUTS,
    HOSTED,
    ENVELOPES,
    st.dictionaries(st.text(max_size=5), JSON, max_size=4),
)
