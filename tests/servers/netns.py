"""A network of its own for a camera: a namespace behind a virtual cable, whose packets can be dropped.

Needs root, iproute2 and nftables. Packets are dropped by nftables inside the namespace, since kernels built
for containers often have no `netem`.
"""

import itertools
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest

_numbers = itertools.count()


class NetworkError(RuntimeError):
    """A command of the system's network tools failed."""


class Network:
    """A namespace and the cable to it. Make it by `network`."""

    def __init__(self, name: str, subnet: str) -> None:
        self.name = name
        self.address = f"{subnet}.2"  # of the camera inside
        self.within = ("ip", "netns", "exec", name)  # starts a command inside

    def black_hole(self) -> None:
        """Every packet disappears, in both directions; nobody is told."""
        self._drop("")

    def lose(self, share: float) -> None:
        """This share (0 to 1) of what the camera sends by UDP disappears at random."""
        self._drop(f"meta l4proto udp numgen random mod 1000 < {round(1000 * share)}")

    def heal(self) -> None:
        """All packets pass again."""
        _run(*self.within, "nft", "flush", "ruleset")

    def _drop(self, which: str) -> None:
        self.heal()
        rules = ["add table inet fault"]
        for hook in ("output",) if which else ("output", "input"):
            rules.append(f"add chain inet fault {hook} {{ type filter hook {hook} priority 0; }}")
            rules.append(f"add rule inet fault {hook} {which} drop")
        _run(*self.within, "nft", "; ".join(rules))


@contextmanager
def network() -> Iterator[Network]:
    """A network that is gone afterwards, whatever happened."""
    number = next(_numbers)
    name = f"ks{os.getpid()}n{number}"
    here, there = f"{name}h"[-15:], f"{name}t"[-15:]  # names of interfaces have at most 15 characters
    subnet = f"10.{200 + number % 50}.{os.getpid() % 250}"
    made = Network(name, subnet)
    _run("ip", "netns", "add", name)
    try:
        _run("ip", "link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        _run("ip", "address", "add", f"{subnet}.1/30", "dev", here)
        _run("ip", "link", "set", here, "up")
        _run(*made.within, "ip", "address", "add", f"{made.address}/30", "dev", there)
        _run(*made.within, "ip", "link", "set", there, "up")
        _run(*made.within, "ip", "link", "set", "lo", "up")
        yield made
    finally:
        subprocess.run(["ip", "link", "del", here], check=False, capture_output=True)
        subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@cache
def missing() -> str | None:
    """Why there can be no networks here; None where there can."""
    absent = [tool for tool in ("ip", "nft") if shutil.which(tool) is None]
    if absent:
        return f"no {' and '.join(absent)}: apt install iproute2 nftables"
    if os.geteuid() != 0:
        return "network namespaces need root"
    try:
        with network() as tried:
            tried.lose(0.5)
    except NetworkError as error:
        return f"no network namespaces here: {error}"
    return None


def require() -> None:
    """Skip the test where there can be no networks."""
    reason = missing()
    if reason is not None:
        pytest.skip(reason)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NetworkError(f"{' '.join(command)}: {done.stderr.strip()}")
