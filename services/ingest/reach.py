"""Why a source cannot be played, in words that say what to do."""

import errno
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

import av

from services.ingest.capture import SourceError
from shared.redaction import redacted_text
from shared.settings import Camera
from shared.settings.source import has_credentials, has_password

_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_PATHS = (
    "its manual names it; common ones are /Streaming/Channels/101 (Hikvision, 102 is the small stream),"
    " /cam/realmonitor?channel=1&subtype=0 (Dahua, subtype=1), /axis-media/media.amp (Axis),"
    " /h264Preview_01_main (Reolink, _sub), /stream1 (TP-Link, stream2)"
)
_RTSP = b"RTSP/"


@dataclass(frozen=True)
class Trouble:
    """What is wrong: a word for programs, a line for people, and what they can do."""

    kind: str
    text: str
    advice: str


def reach(source: str, timeout_s: float) -> Trouble | None:
    """Why nothing answers at the host and port of a source on the network; None where something does."""
    url = urlsplit(source)
    host, port = url.hostname or "", url.port or _PORTS[url.scheme.lower()]
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        said = error.strerror or "unknown"
        return Trouble(
            "no_such_host",
            f"the name {host} is not known ({said})",
            "check its spelling, or give the camera's IP address",
        )
    trouble, rtsp = None, url.scheme.lower() == "rtsp"
    for *_, address in addresses:
        trouble = _knock(f"{host}:{port}", (str(address[0]), port), timeout_s, rtsp=rtsp)
        if trouble is None:
            return None
    return trouble


def trouble_of(error: SourceError, camera: Camera) -> Trouble:
    """What was wrong when the camera's source could not be opened or played on."""
    cause = error.__context__
    if isinstance(cause, av.error.HTTPUnauthorizedError):
        return _refused(camera.source)
    if isinstance(cause, av.error.HTTPForbiddenError):
        return Trouble(
            "forbidden",
            "the camera forbids it (403)",
            "too many wrong passwords lock some cameras for minutes; else let this user see the stream",
        )
    if isinstance(cause, av.error.HTTPNotFoundError):
        return Trouble("no_such_path", "the camera has no such stream: the path is wrong (404)", _PATHS)
    if isinstance(cause, av.error.ExitError | TimeoutError | av.error.TimeoutError):
        return Trouble(
            "timeout",
            str(error),
            "it answers but sends no pictures: is its video on, has it too many viewers, or does a firewall"
            " stop them?",
        )
    if isinstance(cause, av.error.InvalidDataError):
        return Trouble("not_video", str(error), "is this the address of the stream, not of a web page?")
    return Trouble("failed", redacted_text(str(error)), "")


def _knock(where: str, address: tuple[str, int], timeout_s: float, *, rtsp: bool) -> Trouble | None:
    try:
        with socket.create_connection(address, timeout=timeout_s) as connection:
            return _greet(where, connection) if rtsp else None
    except ConnectionRefusedError:
        return Trouble(
            "refused",
            f"nothing listens at {where}: connection refused",
            "check the port, and that the stream (RTSP, HTTP) is switched on in the camera",
        )
    except TimeoutError:
        return Trouble(
            "timeout",
            f"{where} does not answer within {timeout_s:g} s",
            "is the camera on, is this its address, does a firewall stop us?",
        )
    except OSError as error:
        if error.errno in {errno.EHOSTUNREACH, errno.ENETUNREACH}:
            return Trouble(
                "no_route",
                f"there is no way to {where}: {error.strerror}",
                "is the camera on, and is this machine in its network?",
            )
        return Trouble("failed", f"{where} cannot be reached: {error.strerror}", "")


def _greet(where: str, connection: socket.socket) -> Trouble | None:
    """Whether an RTSP server is at the other end; it answers this request without a password.

    Source: RFC 2326, section 10.1 (OPTIONS)
    """
    connection.sendall(f"OPTIONS rtsp://{where}/ RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
    answer = connection.recv(len(_RTSP))
    if answer and _RTSP.startswith(answer):
        return None
    return Trouble(
        "not_rtsp", f"what answers at {where} does not speak RTSP", "RTSP is mostly at port 554 or 8554"
    )


def _refused(source: str) -> Trouble:
    if not has_credentials(source):
        return Trouble(
            "needs_password",
            "the camera asks for a user and a password (401)",
            "give --username and --password-file; in the configuration username and password_file",
        )
    what = "user or password" if has_password(source) else "user without a password"
    return Trouble(
        "wrong_password",
        f"the camera refuses this {what} (401)",
        "try it on the camera's web page; streams may need a user of their own (ONVIF), and some cameras lock"
        " for minutes after wrong ones",
    )
