"""Ports for servers that cannot choose one themselves."""

import random
import socket

# Below those that the system gives to connections and to whoever asks for any port, so that none of the other
# processes gets it meanwhile; a probe of such a port could even be connected with itself.
# Source: https://docs.kernel.org/networking/ip-sysctl.html (ip_local_port_range: 32768 to 60999)
_PORTS = range(20_000, 32_768)


def free_port() -> int:
    """A port of this machine that nobody uses at the moment."""
    any_of = random.SystemRandom()
    while True:
        port = any_of.choice(_PORTS)
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
