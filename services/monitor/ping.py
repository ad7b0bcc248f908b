"""A sign of life by HTTP GET, as healthchecks.io, Uptime Kuma, Better Stack and others take it."""

import base64
import ssl
import urllib.error
import urllib.request
from http.client import HTTPException
from urllib.parse import unquote, urlsplit

from services.monitor.courier import DeliveryError

_SILENCE_S = 10.0
_ANSWER_BYTES = 4096  # nobody reads it; taken so that small answers end in good order


class Ping:
    """Asks for one URL, which is a secret: whoever knows it can pretend that somebody watches.

    Nothing but http and https is opened and no redirect is followed; certificates are verified against the
    system's authorities (`SSL_CERT_FILE` names others). A proxy is taken from the environment.

    Args:
        url: http(s)://, with or without user and password.
        timeout_s: longest silence of the server.
    """

    def __init__(self, url: str, timeout_s: float = _SILENCE_S) -> None:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        headers = {"User-Agent": "kinestream"}
        if parts.username is not None:
            user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            headers["Authorization"] = f"Basic {base64.b64encode(user.encode()).decode()}"
        plain = parts._replace(netloc=host, fragment="").geturl()
        self._request = urllib.request.Request(plain, headers=headers)  # noqa: S310 - no other handler
        self._host = parts.hostname or ""
        self._timeout_s = timeout_s
        self._opener = _opener()

    def deliver(self, content: bytes) -> None:
        """Ask once; what is asked for says all, `content` stays here.

        Raises:
            DeliveryError: no answer, or one that is no success.
        """
        try:
            with self._opener.open(self._request, timeout=self._timeout_s) as answer:
                answer.read(_ANSWER_BYTES)
        except urllib.error.HTTPError as error:
            with error:
                raise DeliveryError(f"{self._host} answers {_meaning(error.code)}") from None
        except (OSError, HTTPException) as error:
            raise DeliveryError(f"{self._host}: {_cause(error)}") from None


def _meaning(status: int) -> str:
    if 300 <= status < 400:
        return f"{status}: redirects are not followed, give the final URL"
    return str(status)


def _cause(error: OSError | HTTPException) -> str:
    """One line without the URL, which some of these errors repeat."""
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is refused: {reason.verify_message}"
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    return (reason.strerror if isinstance(reason, OSError) else None) or type(reason).__name__


def _opener() -> urllib.request.OpenerDirector:
    """Only handlers for http and https, and none for redirects."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=ssl.create_default_context()),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
    ):
        opener.add_handler(handler)
    return opener
