"""What a camera's source may look like, and the credentials inside its URL."""

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

from shared.nearest import nearest

NETWORK_SCHEMES = ("rtsp", "rtsps", "http", "https")  # these have a host, and may have a user and a password
SCHEMES = (*NETWORK_SCHEMES, "file", "replay", "synth")

_KINDS = (
    "rtsp://, rtsps://, http://, https://, /dev/video0, a video file, a folder of images, replay://FILE"
    " and synth://SCENE"
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(/*)")
_AUTHORITY = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)([^/?#]*)(.*)", re.DOTALL)
_HOST = re.compile(r"(?:[^\s:@\[\]%]+|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?\])(?::([0-9]{1,5}))?")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SAFE = "%!$&'()*+,;=~"  # may stand in a user or password as it is; an escape is kept


@dataclass(frozen=True)
class _Parts:
    """A URL cut around its credentials."""

    start: str  # scheme and slashes
    user: str | None  # None: there is no @
    host: str
    rest: str


def scheme_of(source: str) -> str:
    """What stands before `://`, in small letters; empty for a path."""
    return source.partition("://")[0].lower() if "://" in source else ""


def is_network(source: str) -> bool:
    """Whether a source is reached over the network."""
    return scheme_of(source) in NETWORK_SCHEMES


def checked(source: str) -> str:
    """The source, what is special in its credentials escaped.

    Raises:
        ValueError: of no known kind, or no such URL; the text holds no secret.
    """
    scheme = _scheme(source)
    if scheme is None or scheme not in NETWORK_SCHEMES:
        return source
    parts = _parted(source)
    match = _HOST.fullmatch(parts.host)
    path = re.split(r"[?#]", parts.rest)[0]
    torn = parts.user is None and ":" in parts.host and ("@" in path or ("@" in parts.rest and not path))
    if torn or ("@" in parts.rest and match is None):
        raise ValueError(
            "the password seems to hold one of / ? # as it is: write %2F %3F %23 instead, or, better, give"
            " username and password_file"
        )
    if match is None or int(match[1] or 1) not in range(1, 65_536):
        raise ValueError(f"has no host and port that can be understood: write {scheme}://HOST:PORT/PATH")
    if parts.user is None:
        return source
    return f"{parts.start}{_escaped(parts.user)}@{parts.host}{parts.rest}"


def has_credentials(source: str) -> bool:
    """Whether a user, or a password, stands in the URL."""
    return is_network(source) and _parted(source).user is not None


def has_password(url: str) -> bool:
    """Whether a password stands in the URL."""
    return ":" in (_parted(url).user or "")


def with_credentials(url: str, user: str, password: str | None) -> str:
    """The URL with these in the place of its own, escaped."""
    parts = _parted(url)
    secret = "" if password is None else f":{quote(password, safe='')}"
    return f"{parts.start}{quote(user, safe='')}{secret}@{parts.host}{parts.rest}"


def without_credentials(source: str) -> tuple[str, str | None]:
    """The source without user and password, and the user that was in it."""
    if not is_network(source):
        return source, None
    parts = _parted(source)
    user = None if parts.user is None else unquote(parts.user.partition(":")[0])
    return f"{parts.start}{parts.host}{parts.rest}", user


def with_password(url: str, password: str) -> str:
    """The URL with a password beside the user that it names, if any."""
    parts = _parted(url)
    return f"{parts.start}{parts.user or ''}:{quote(password, safe='')}@{parts.host}{parts.rest}"


def _scheme(source: str) -> str | None:
    """The scheme of a URL, None for a path.

    Raises:
        ValueError: no such scheme, or one that is written wrong.
    """
    match = _SCHEME.match(source)
    if match is None:
        return None
    scheme, slashes = match[1].lower(), len(match[2])
    if scheme in SCHEMES and slashes >= 2:
        return scheme
    if scheme in SCHEMES:
        raise ValueError(f"write {scheme}:// with two slashes")
    if slashes < 2:
        return None  # a file may have a colon in its name
    near = nearest(scheme, SCHEMES)
    hint = f"; did you mean {near[0]}://?" if near else f": there are {_KINDS}"
    raise ValueError(f"no source begins with {scheme}://{hint}")


def _parted(url: str) -> _Parts:
    match = _AUTHORITY.fullmatch(url)
    if match is None:
        raise ValueError("is not a URL")
    user, at, host = match[2].rpartition("@")
    return _Parts(match[1], user if at else None, host, match[3])


def _escaped(user: str) -> str:
    name, colon, password = user.partition(":")
    return colon.join(quote(_BARE_PERCENT.sub("%25", part), safe=_SAFE) for part in (name, password))
