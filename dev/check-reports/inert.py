"""That no report makes anything act upon what users wrote. In: a report's text. Out: a list of complaints."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from markdown_it import MarkdownIt

HOME = "https://github.com/iac-check/iac-check"
SERVER = "https://github.com/example/infra/blob/"
# Control characters but line feed, and the characters that reorder text.
ACTED_UPON = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# Found anywhere in a line by GitHub, Azure and TeamCity.
COMMAND = re.compile(r"##[A-Za-z]*\[")
ANNOTATION = re.compile(r"::(error|warning|notice) (\w+=[^:,]+(,\w+=[^:,]+)*)::")


def text(format_: str, content: str) -> Iterator[str]:
    """Whatever the format: nothing for terminals and logs. HTML keeps tabs of code."""
    content = content.replace("\t", " ") if format_ == "html" else content
    if found := ACTED_UPON.search(content):
        yield f"the character {found[0]!r}"
    if found := COMMAND.search(content):
        yield f"the command {found[0]}"
    for line in content.split("\n"):
        if line.lstrip().startswith("::") and format_ not in ("github", "human"):
            yield f"the workflow command {line[:80]}"
        if format_ == "github" and line and not ANNOTATION.match(line):
            yield f"a line that is no annotation: {line[:80]}"


def human(content: str) -> Iterator[str]:
    """What GitHub Actions would act upon in the log, the fences respected."""
    fence = None
    for line in content.split("\n"):
        line = line.strip()
        if fence:
            fence = None if line == f"::{fence}::" else fence
        elif line.startswith("::stop-commands::"):
            fence = line.removeprefix("::stop-commands::")
        elif line.startswith("::") and not ANNOTATION.match(line):
            yield f"the workflow command {line[:80]}"
    if fence:
        yield "a fence is left open"


def markdown(content: str) -> Iterator[str]:
    """HTML, images and links to elsewhere, as GitHub renders."""
    parser = MarkdownIt("gfm-like", {"html": True, "linkify": True})
    inline = (child for token in parser.parse(content) for child in [token, *(token.children or [])])
    for token in inline:
        if token.type in ("html_block", "html_inline", "image"):
            yield f"{token.type}: {token.content[:80]}"
        if token.type == "link_open" and not str(token.attrs["href"]).startswith((HOME, SERVER)):
            yield f"a link to {token.attrs['href']}"
        # Outside of code, a name or number behind these becomes a mention or a link.
        if token.type == "text" and re.search(r"(^|\s)[@#]\w", token.content):
            yield f"a mention: {token.content[:80]}"


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.complaints: list[str] = []

    def handle_starttag(self, tag, attributes):
        if tag in ("script", "img", "iframe", "object", "link", "form"):
            self.complaints.append(f"the element <{tag}>")
        for name, value in attributes:
            elsewhere = name in ("href", "src") and not (value or "").startswith((HOME, SERVER, "#"))
            if name.startswith("on") or elsewhere:
                self.complaints.append(f"the attribute {name}={value}")

    def handle_comment(self, data):
        self.complaints.append("a comment")


def html(content: str) -> Iterator[str]:
    page = Page()
    page.feed(content)
    yield from page.complaints
