"""No secret is shown, wherever a camera or server takes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.redaction import redacted, redacted_command, redacted_text

SECRET = "Zq7Vx"
# What may stand in a password; SECRET begins and ends it, so that what leaks is found.
odd = st.text(st.sampled_from("ab19_-.~!$&()*+,;=:@/?#[]%{}|^ \\\"'<>"), max_size=8)
passwords = odd.map(lambda text: SECRET + text + SECRET)
escaped = st.text(st.sampled_from("ab19_-.~%"), max_size=8).map(lambda text: SECRET + text + SECRET)
schemes = st.sampled_from(["rtsp", "rtsps", "http", "https", "redis", "rediss", "mqtt", "RTSP"])
hosts = st.sampled_from(["cam", "10.0.0.7", "cam.example.org:554", "[::1]:8554"])
users = st.sampled_from(["", "admin", "a.b", "a%40b"])
templates = st.sampled_from(
    [
        "{scheme}://{user}:{password}@{host}/live",
        "{scheme}://{user}:{password}@{host}",
        "{scheme}://{host}/cgi?usr={user}&pwd={password}",
        "{scheme}://{host}/video?token={password}",
        "{scheme}://{host}/user={user}_password={password}_channel=1_stream=0.sdp",
        "{scheme}://{host}/user={user}&password={password}&channel=1",
        "{scheme}://{host}/channel=1;loginpas={password}",
        "{scheme}://{host}/live/{user}:{password}/1",
        "{scheme}://{host}/password/{password}",
        "{scheme}://{host}/live#{password}",
        "{scheme}:/{user}:{password}@{host}",
        "{user}:{password}@{host}/live",
    ]
)


@given(templates, schemes, users, passwords, hosts)
def test_no_source_shows_its_password(
    template: str, scheme: str, user: str, password: str, host: str
) -> None:
    source = template.format(scheme=scheme, user=user or "u", password=password, host=host)
    assert SECRET not in redacted(source)
    assert SECRET not in redacted_command(
        ["kinestream", "run", source, "--redis", source, f"--redis={source}"]
    )


@given(
    templates,
    schemes,
    users,
    escaped,
    hosts,
    st.sampled_from(["lost {}", "'{}': refused", "({}), again", "{}."]),
)
def test_no_text_of_others_shows_a_password(
    template: str, scheme: str, user: str, password: str, host: str, text: str
) -> None:
    source = template.format(scheme=scheme, user=user or "u", password=password, host=host)
    assert SECRET not in redacted_text(text.format(source))


@given(st.text() | st.builds("rtsp://{}".format, st.text()))
def test_redacting_twice_changes_nothing_more(text: str) -> None:
    assert redacted(redacted(text)) == redacted(text)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("rtsp://ann:pw@cam:554/Streaming/Channels/101", "rtsp://***@cam:554/Streaming/Channels/101"),
        ("rtsp://cam/cam/realmonitor?channel=1&subtype=0", "rtsp://cam/cam/realmonitor?channel=1&subtype=0"),
        ("rtsp://cam/live?channel=1&pwd=x", "rtsp://cam/live?***"),
        ("rtsp://cam/user=ann_password=pw_channel=1", "rtsp://cam/user=***"),
        ("rtsp://cam/channel=1_stream=0.sdp", "rtsp://cam/channel=1_stream=0.sdp"),
        ("rtsps://nvr:7441/aBcDeFgH12345678?enableSrtp", "rtsps://nvr:7441/***?***"),
        ("rtsp://ann:p/w@cam/1", "rtsp://***"),
        ("redis://:pw@host:6379/0", "redis://***@host:6379/0"),
        ("unix:///run/valkey.sock?password=pw", "unix:///run/valkey.sock?***"),
        ("clips/a:b.mp4", "clips/a:b.mp4"),
        ("/dev/video0", "/dev/video0"),
        ("synth://walk?seed=3", "synth://walk?seed=3"),
        ("replay://room.ksr", "replay://room.ksr"),
    ],
)
def test_what_is_harmless_is_shown(source: str, shown: str) -> None:
    assert redacted(source) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("lost rtsp://a:b@cam/1: refused; see http://cam/?x=y.", "lost rtsp://***@cam/1: refused; see http://cam/?***."),
        ("Authorization: Basic YTpi", "Authorization: ***"),
        ("open failed, password=pw, user=x", "open failed, password=***"),
        ("the password is wrong: WRONGPASS", "the password is wrong: WRONGPASS"),
        ("Error 111 connecting to 127.0.0.1:9.", "Error 111 connecting to 127.0.0.1:9."),
    ],
)  # fmt: skip
def test_a_text_keeps_what_is_no_secret(text: str, shown: str) -> None:
    assert redacted_text(text) == shown
