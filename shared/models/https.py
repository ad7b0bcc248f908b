"""A file from an HTTPS address: redirects must be https too, no byte more than expected, no endless wait."""

import ssl
import time
import urllib.error
import urllib.request
from http.client import HTTPException

from shared.models.errors import ModelError

LARGEST_BYTES = (1 << 31) - 1  # of any model file: protobuf, in which ONNX is written, knows no more
_SILENCE_S = 30.0
_CHUNK = 1 << 16


def download(
    url: str, size: int | None, longest_s: float = 600.0, trust: ssl.SSLContext | None = None
) -> bytes:
    """The bytes at `url`.

    Args:
        url: An https:// address.
        size: Exactly how many bytes are expected, if that is known; reading stops beyond them.
        longest_s: The download is given up after so many seconds, or after 30 s of silence.
        trust: Whom to trust; the system's authorities by default.

    Raises:
        ModelError: it is not https, not there, not of that size, or not there in time.
    """
    most = LARGEST_BYTES if size is None else size
    deadline = time.monotonic() + longest_s
    data = bytearray()
    try:
        with _opener(trust).open(url, timeout=_SILENCE_S) as response:
            while chunk := response.read1(_CHUNK):
                data += chunk
                if len(data) > most:
                    raise ModelError(f"{url}: more than the {most} bytes expected")
                if time.monotonic() > deadline:
                    raise ModelError(f"{url}: not finished after {longest_s:.0f} s")
    except urllib.error.HTTPError as error:
        with error:  # it is also the open response
            raise ModelError(f"{url}: {error}") from error
    except (OSError, HTTPException) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        raise ModelError(f"{url}: {reason}") from error
    if size is not None and len(data) < size:
        raise ModelError(f"{url}: {len(data)} bytes instead of {size}")
    return bytes(data)


def _opener(trust: ssl.SSLContext | None) -> urllib.request.OpenerDirector:
    """Only handlers for https, so nothing else can be opened, wherever a redirect points."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPSHandler(context=trust or ssl.create_default_context()),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener
