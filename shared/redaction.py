"""Texts without secrets: addresses of cameras and servers as they may stand in logs, errors, process titles.

Cameras take a password in many places: before the host, in the query, behind the `#`, inside the path
(`/user=admin_password=secret_channel=1.sdp`), and people forget to escape what is special in it. So of an
address only what is known to be harmless is shown.
"""

import re
import shlex
from collections.abc import Sequence
from urllib.parse import unquote

_HIDDEN = "***"
_PLAIN_SCHEMES = frozenset({"synth", "replay", "file"})  # what follows is no address and takes no password
_NETWORK = r"(?:rtsps?|https?|rediss?|mqtts?|unix)"
_SPLIT = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(/{0,2})([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?", re.DOTALL)
_ADDRESS = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*://|{_NETWORK}:", re.IGNORECASE)
_IN_TEXT = re.compile(rf"(?:[A-Za-z][A-Za-z0-9+.-]{{0,31}}://|\b{_NETWORK}:/?)[^\s'\"<>`]+", re.IGNORECASE)
_TRAILING = ".,;:!?)]}"
_HOST = re.compile(r"(?:[A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?\])(?::[0-9]{0,5})?")
_USER_AT = re.compile(r"[^\s/:@'\"=]+:(?!//)[^\s'\"]+@")  # user:password@host, its scheme forgotten
_USER_FIRST = re.compile(r"^[^/:@]+:.*@", re.DOTALL)
_PAIR_IN_TEXT = re.compile(
    r"\b((?:pass(?:word|wd|phrase)?|psw|pwd|token|secret|api_?key)=|authorization: *)(?!\*\*\*).+",
    re.IGNORECASE,
)

_PAIR = re.compile(r"([A-Za-z0-9_]*)=")
_HARMLESS = frozenset(
    {"ch", "channel", "codec", "profile", "res", "resolution", "stream", "streamtype", "subtype", "track"}
)
_HARMLESS_QUERY = re.compile(rf"(?:[?&](?:{'|'.join(sorted(_HARMLESS))})=[A-Za-z0-9]{{0,9}})*", re.IGNORECASE)
_NAMED_PART = re.compile(r"/(?:pass[a-z]*|psw|pwd|token|key|secret)/(?=.)", re.IGNORECASE)
# Some recorders hand out a long random word as the path, in place of a password.
_RANDOM = re.compile(
    r"(?<![A-Za-z0-9])(?=[A-Za-z]*[0-9])(?=[a-z0-9]*[A-Z])(?=[A-Z0-9]*[a-z])[A-Za-z0-9]{16,}"
)


def redacted(source: str) -> str:
    """A camera's source or a server's URL as it may be shown; a path is left as it is.

    Redacting twice changes nothing more.
    """
    if not _ADDRESS.match(source):
        return _USER_FIRST.sub(f"{_HIDDEN}@", source)
    match = _SPLIT.fullmatch(source)
    if match is None:
        return _HIDDEN
    scheme, slashes, authority, path, query, fragment = match.groups(default="")
    if scheme.lower() in _PLAIN_SCHEMES:
        return source
    start = f"{scheme}:{slashes}"
    # A password that was not escaped may hold any of / ? # and @: then nobody can say where the host begins.
    torn = "@" in path or (":" in authority and "@" in query + fragment)
    _, at, host = authority.rpartition("@")
    if torn or len(slashes) != 2 or not _HOST.fullmatch(host):
        return start + _HIDDEN
    return "".join(
        (
            start,
            f"{_HIDDEN}@" if at else "",
            host,
            _path(path),
            _query(query),
            f"#{_HIDDEN}" if fragment else "",
        )
    )


def redacted_text(text: str) -> str:
    """A text of others (FFmpeg, the clients of Redis and MQTT), its addresses and passwords taken out."""
    shown = _IN_TEXT.sub(_address, text)
    return _PAIR_IN_TEXT.sub(rf"\1{_HIDDEN}", _USER_AT.sub(f"{_HIDDEN}@", shown))


def redacted_command(arguments: Sequence[str]) -> str:
    """A command line that may be shown in the list of processes; `--option=URL` is understood."""
    return shlex.join(_argument(argument) for argument in arguments)


def _argument(argument: str) -> str:
    option, sign, value = argument.partition("=")
    if argument.startswith("--") and sign:
        return f"{option}={redacted(value)}"
    return redacted(argument)


def _address(match: re.Match[str]) -> str:
    found = match[0]
    bare = found.rstrip(_TRAILING)
    return redacted(bare) + found[len(bare) :]


def _query(query: str) -> str:
    """A query whose every part is known to be harmless; anything else is hidden whole."""
    return query if _HARMLESS_QUERY.fullmatch(query) else f"?{_HIDDEN}"


def _path(path: str) -> str:
    """The part of a path before the first thing that may be a secret."""
    if unquote(path) != path and _cut(unquote(path)) != unquote(path):
        return f"/{_HIDDEN}"
    return _cut(path)


def _cut(path: str) -> str:
    ends = [match.end() for match in _PAIR.finditer(path) if not _is_harmless(match[1])]
    ends += [match.end() for match in _NAMED_PART.finditer(path)]
    ends += [match.start() for match in _RANDOM.finditer(path)]
    colon = path.find(":")
    if colon >= 0:
        ends.append(path.rfind("/", 0, colon) + 1)
    return path[: min(ends)] + _HIDDEN if ends else path


def _is_harmless(name: str) -> bool:
    return name.rpartition("_")[2].strip("0123456789").lower() in _HARMLESS
