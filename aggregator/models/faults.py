"""The kinds of fault by which a source fails: each is something else for an operator to do."""

from __future__ import annotations

from enum import StrEnum


class FaultKind(StrEnum):
    """Why a source failed, by what can be done about it; ``status.words`` says that in words.

    Of a connection: the host's ``name`` is not known, it is at a ``private`` address, it
    ``refused``, no network leads to it (``unreachable``), it did not answer in time (``slow``), its
    ``certificate`` is not valid, or the answer broke off (``broken-off``). Of an answer:
    it wants a key or keeps programs out (``forbidden``), it has no such address (``missing``), or
    has it no longer (``gone``), it is asked ``too-often``, it is in trouble itself (``server``),
    its redirects lead nowhere (``redirects``), it is ``too-large``, encoded as nobody can read it
    (``encoding``), or answered something else that is no document (``answer``). ``robots``: the
    site asks programs to stay away. ``resting``: its host asked to be left alone, so that it was
    not asked. ``no-feed``: what came is no feed that can be read. ``file``: a file or folder of a
    dump cannot be read. ``store``: what is stored of it is damaged. ``other``: none of these.
    """

    NAME = "name"
    PRIVATE = "private"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    SLOW = "slow"
    CERTIFICATE = "certificate"
    BROKEN_OFF = "broken-off"
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    GONE = "gone"
    TOO_OFTEN = "too-often"
    SERVER = "server"
    REDIRECTS = "redirects"
    TOO_LARGE = "too-large"
    ENCODING = "encoding"
    ANSWER = "answer"
    ROBOTS = "robots"
    RESTING = "resting"
    NO_FEED = "no-feed"
    FILE = "file"
    STORE = "store"
    OTHER = "other"


_BY_STATUS = {
    401: FaultKind.FORBIDDEN,
    403: FaultKind.FORBIDDEN,
    404: FaultKind.MISSING,
    407: FaultKind.FORBIDDEN,
    408: FaultKind.SLOW,
    410: FaultKind.GONE,
    425: FaultKind.TOO_OFTEN,
    429: FaultKind.TOO_OFTEN,
    451: FaultKind.FORBIDDEN,
}
_SERVER = range(500, 600)


def kind_of_status(status: int) -> FaultKind:
    """Return the kind of fault that an HTTP status is, of an answer that is no document.

    >>> kind_of_status(404), kind_of_status(503), kind_of_status(206)
    (<FaultKind.MISSING: 'missing'>, <FaultKind.SERVER: 'server'>, <FaultKind.ANSWER: 'answer'>)
    """
    otherwise = FaultKind.SERVER if status in _SERVER else FaultKind.ANSWER
    return _BY_STATUS.get(status, otherwise)
