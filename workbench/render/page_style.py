"""The style sheet of a page that stands alone: light and dark, wide and narrow, on paper too."""

from __future__ import annotations

STYLE = """\
:root {
  color-scheme: light dark;
  --text: #1f2328; --quiet: #59636e; --page: #ffffff; --line: #d1d9e0;
  --user: #eaf2fd; --code: #f3f5f7; --link: #0a57c2; --edge: #4a86d8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e3e8ee; --quiet: #9aa4af; --page: #14171a; --line: #353b42;
    --user: #1b2a3d; --code: #1f2429; --link: #7db4ff; --edge: #5b96e6;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--text); overflow-wrap: anywhere;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Noto Sans", sans-serif;
}
main { max-width: 50rem; margin: 0 auto; padding: 2rem 1rem 4rem; }
header { border-bottom: 1px solid var(--line); padding-bottom: 1rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .75rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; margin: 0; }
dt, dd { margin: 0; font-size: .875rem; }
dt { color: var(--quiet); }
h2 { font-size: .95rem; margin: 2.25rem 0 .75rem; }
h2 small { font-weight: normal; color: var(--quiet); margin-inline-start: .5rem; }
h3 {
  font-size: .75rem; margin: 0 0 .2rem; color: var(--quiet); font-weight: 600;
  letter-spacing: .04em;
}
article { margin: .75rem 0; }
article p, article ul, article ol, article pre, article table, article blockquote {
  margin: .5rem 0;
}
article > div > :last-child { margin-bottom: 0; }
article ul, article ol { padding-inline: 1.8rem; }
article h1, article h2, article div h3, article h4, article h5, article h6 {
  font-size: 1.05rem; margin: 1rem 0 .4rem; color: inherit; letter-spacing: 0; line-height: 1.35;
}
.user { background: var(--user); border-radius: .6rem; padding: .6rem .9rem; }
.user p { white-space: pre-wrap; }
.system, .developer, .other, blockquote {
  border-inline-start: 3px solid var(--line); padding-inline-start: .8rem;
}
a { color: var(--link); }
pre, code { font-family: ui-monospace, "Cascadia Mono", "DejaVu Sans Mono", monospace; }
pre, code { font-size: .875em; }
pre code, summary code { font-size: 1em; }
pre {
  background: var(--code); border-radius: .4rem; padding: .6rem .8rem; overflow-x: auto;
  overflow-wrap: normal; line-height: 1.45; tab-size: 4;
}
.wrapped { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 30rem; overflow-y: auto; }
:not(pre) > code { background: var(--code); border-radius: .25rem; padding: .1em .3em; }
summary code { background: none !important; padding: 0 !important; }
details {
  border: 1px solid var(--line); border-radius: .5rem; margin: .6rem 0; padding: .35rem .8rem;
}
summary { cursor: pointer; color: var(--quiet); font-size: .875rem; }
summary:focus-visible, a:focus-visible { outline: 2px solid var(--edge); outline-offset: 2px; }
.aside { border-style: dashed; }
.aside[open] > :not(summary) { opacity: .8; }
.note { color: var(--quiet); font-style: italic; font-size: .875rem; }
blockquote { color: var(--quiet); margin-inline: 0; }
table { border-collapse: collapse; display: block; max-width: 100%; overflow-x: auto; }
th, td { border: 1px solid var(--line); padding: .25rem .6rem; }
img { display: block; max-width: 100%; max-height: 30rem; margin: .5rem 0; border-radius: .4rem; }
@media print {
  main { max-width: none; padding: 0; }
  pre, .wrapped { white-space: pre-wrap; max-height: none; }
  article, details { break-inside: avoid-page; }
}
"""
