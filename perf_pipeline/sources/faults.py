"""Which faults of networks and databases may pass by themselves, and so are worth another try."""

import errno
import sqlite3

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

_PASSING_ERRNOS = frozenset(
    {
        errno.EAGAIN,
        errno.EBUSY,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.EIO,
        errno.ENETDOWN,
        errno.ENETUNREACH,
        errno.ESTALE,
    }
)
"""What a file on a network share gives while its server is away."""

_PASSING_STATES = ("08", "40", "53300", "55P03", "57P")
"""Connection lost, rolled back, too many connections, lock not available, server restarting."""

_SQLITE_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_SQLITE_PRIMARY_CODE = 0xFF


def may_pass(fault: BaseException | None) -> bool:
    """Tell a network's or a database's passing fault from a mistake.

    A database that cannot be reached counts, although a wrong address looks the same; a query
    that it refuses does not.
    """
    if isinstance(fault, DBAPIError):
        return _database_may_pass(fault)
    if isinstance(fault, ConnectionError | TimeoutError):
        return True
    return isinstance(fault, OSError) and fault.errno in _PASSING_ERRNOS


def _database_may_pass(fault: DBAPIError) -> bool:
    if fault.connection_invalidated:
        return True
    code = getattr(fault.orig, "sqlite_errorcode", None)
    if code is not None:
        return code & _SQLITE_PRIMARY_CODE in _SQLITE_PASSING
    if isinstance(fault.orig, sqlite3.Error):
        return False
    state = getattr(fault.orig, "sqlstate", None)
    if state:
        return str(state).startswith(_PASSING_STATES)
    return isinstance(fault, OperationalError | InterfaceError)
