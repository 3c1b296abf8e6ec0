"""Who can reach Dagster from elsewhere: what its running servers listen on, as Linux tells.

Dagster asks nobody for a password, so that nothing but this machine may reach its webserver and its
code server; the proxy in front of them asks (deploy/nginx).

What is looked at is the sockets of the processes that run now. Another user's sockets are not shown
to an unprivileged one; then the address that its command line gives is taken, or the default one.
"""

import os
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

from perf_pipeline.cli.doctor.findings import Finding, note, ok, wrong

PROCESSES = Path("/proc")
WEBSERVER_HOST = "DAGSTER_WEBSERVER_HOST"

_LISTENING = "0A"
_SOCKET = re.compile(r"socket:\[(\d+)\]")
_BIND_HERE = "Start it with -h 127.0.0.1, and let a proxy that asks for a password stand before it."
_DEFAULT_HOST = "127.0.0.1"

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Server:
    """A running server of Dagster's.

    Attributes:
        pid: Its process.
        name: `dagster-webserver`, `dagster dev` or `dagster code-server`.
        hosts: What it listens on.
        is_seen: True where these are its sockets; False where they are what it was told.
    """

    pid: int
    name: str
    hosts: tuple[str, ...]
    is_seen: bool


def listener_findings(processes: Path = PROCESSES) -> Iterator[Finding]:
    """Look at every running server of Dagster's, and at what the next one would do."""
    host = os.environ.get(WEBSERVER_HOST)
    if host and not is_local(host):
        found = f"{WEBSERVER_HOST} is {host}: a webserver started here is open to the network."
        yield wrong("listening", found, f"Unset it, or set it to {_DEFAULT_HOST}.")
    if not (processes / "net" / "tcp").exists():
        found = "What Dagster's servers listen on cannot be seen on this system."
        yield note("listening", found, "See to it that they listen on 127.0.0.1 alone.")
        return
    servers = list(running_servers(processes))
    if not servers:
        yield note("listening", "No server of Dagster's runs now: nothing to look at.")
    for server in servers:
        yield server_finding(server)


def server_finding(server: Server) -> Finding:
    """Say whether a server can be reached from elsewhere."""
    who = f"{server.name} (process {server.pid})"
    shown = ", ".join(server.hosts) or "no network address"
    open_to = [host for host in server.hosts if not is_local(host)]
    how = "listens on" if server.is_seen else "was told to listen on"
    if open_to:
        return wrong("listening", f"{who} {how} {shown}: open to the network.", _BIND_HERE)
    return ok("listening", f"{who} {how} {shown}.")


def is_local(host: str) -> bool:
    """Tell whether only this machine reaches a server that listens on a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def running_servers(processes: Path) -> Iterator[Server]:
    """Find Dagster's servers among the processes of this machine."""
    sockets = {
        **listening_sockets(_read(processes / "net" / "tcp")),
        **listening_sockets(_read(processes / "net" / "tcp6")),
    }
    for folder in sorted(processes.glob("[0-9]*"), key=lambda path: int(path.name)):
        arguments = _read(folder / "cmdline").split("\0")
        name = server_name(arguments)
        if name is None:
            continue
        seen = _hosts_of(folder, sockets)
        hosts = (stated_host(arguments),) if seen is None else seen
        yield Server(int(folder.name), name, hosts, is_seen=seen is not None)


def server_name(arguments: Sequence[str]) -> str | None:
    """Return which server of Dagster's a command line starts, if any."""
    words = [Path(argument).name for argument in arguments[:5]]
    if "dagster-webserver" in words[:2] or "dagster_webserver" in words[:3]:
        return "dagster-webserver"
    for index, word in enumerate(words[:3]):
        if word in {"dagster", "dg"} and words[index + 1 : index + 2] == ["dev"]:
            return "dagster dev"
        if word == "dagster" and words[index + 1 : index + 3] in (
            ["code-server", "start"],
            ["api", "grpc"],
        ):
            return "dagster code-server"
    return None


def stated_host(arguments: Sequence[str]) -> str:
    """Return the host that a command line gives, or Dagster's default."""
    for index, argument in enumerate(arguments):
        name, _, value = argument.partition("=")
        if name == "--host" and value:
            return value
        if argument in {"-h", "--host"} and index + 1 < len(arguments):
            return arguments[index + 1]
    return _DEFAULT_HOST


def listening_sockets(table: str) -> dict[str, str]:
    """Read the kernel's table of TCP sockets: inode of a listening one → its address."""
    rows = (line.split() for line in table.splitlines()[1:])
    return {
        row[9]: str(_address(row[1].partition(":")[0]))
        for row in rows
        if len(row) > 9 and row[3] == _LISTENING  # noqa: PLR2004 - the inode is the tenth column
    }


def _address(hexadecimal: str) -> Address:
    """Read an address as the kernel writes it: words of four bytes, each in the machine's order."""
    words = (hexadecimal[start : start + 8] for start in range(0, len(hexadecimal), 8))
    packed = b"".join(socket.htonl(int(word, 16)).to_bytes(4) for word in words)
    address = ip_address(packed)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _hosts_of(folder: Path, sockets: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return what a process listens on; None where this user is not shown it."""
    hosts = set()
    try:
        for descriptor in (folder / "fd").iterdir():
            found = _SOCKET.fullmatch(_target(descriptor))
            if found and found[1] in sockets:
                hosts.add(sockets[found[1]])
    except OSError:
        return None
    return tuple(sorted(hosts))


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
