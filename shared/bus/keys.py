"""Names of everything on the server. A partition's keys carry one hash tag: one script may touch them all."""

import re

PARTITIONS = "ks:partitions"  # how many partitions the cameras are spread over

_ENTRY_ID = re.compile(r"[0-9]{1,18}-[0-9]{1,18}")


def is_entry_id(text: str) -> bool:
    """Whether the server takes this as the id of an entry; ids inside messages may be anything."""
    return _ENTRY_ID.fullmatch(text) is not None


def _key(partition: int, name: str) -> str:
    return f"{{ks:{partition}}}:{name}"


def stream(partition: int, name: str) -> str:
    return _key(partition, name)


def cursors(partition: int) -> str:
    """Hash: stage -> last input id, `stage:n` -> entries read, `stage:d` -> owners that came there."""
    return _key(partition, "cursors")


def state(partition: int, stage: str) -> str:
    """Hash: camera -> checkpoint."""
    return _key(partition, f"state:{stage}")


def tried(partition: int, stage: str) -> str:
    """Hash: entry id -> how often it was processed alone."""
    return _key(partition, f"tried:{stage}")


def source(partition: int) -> str:
    """Hash: `camera:run`, `camera:seq`, `camera:position`, `camera:ended`; `bytes` -> bytes published."""
    return _key(partition, "source")


def progress(partition: int) -> str:
    """Hash: `camera:run`, `camera:seq` of the last finished message; `frame` -> the last finished frame."""
    return _key(partition, "progress")


def lease(partition: int, stage: str) -> str:
    return _key(partition, f"lease:{stage}")


def dead(partition: int) -> str:
    return _key(partition, "dead")


def stats(partition: int) -> str:
    return _key(partition, "stats")


def drops(partition: int) -> str:
    """Hash: `camera:reason` -> count."""
    return _key(partition, "drops")


def workers(stage: str) -> str:
    """Sorted set: worker -> when it counts as dead, in milliseconds of the server's clock."""
    return f"ks:workers:{stage}"
