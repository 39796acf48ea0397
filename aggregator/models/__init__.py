"""The frozen types that the stages hand to each other: one type per stage of knowledge.

``Source → Document → ParsedEntry → Draft → Entry → Story → FeedDocument``; each arrow is one
function in one stage. All times are aware ``datetime`` values in UTC unless a field says
otherwise. Markup is in fields whose name ends in ``_html``; every other text is plain.
"""

from aggregator.models.configured import (
    Access,
    Config,
    FeedSpec,
    Rules,
    Site,
    Source,
)
from aggregator.models.entries import (
    Alias,
    AliasKind,
    DateHow,
    Decision,
    Draft,
    Entry,
    Known,
    Memory,
    Mention,
    New,
    Repeated,
    Seen,
)
from aggregator.models.fetched import (
    Document,
    DumpFile,
    FetchState,
    FileRead,
    ParsedEntry,
    Rejected,
)
from aggregator.models.published import (
    FeedDocument,
    FeedReport,
    FeedView,
    Outcome,
    SourceReport,
)
from aggregator.models.stories import (
    Member,
    Related,
    Shown,
    Stored,
    Tie,
    TieKind,
)

__all__ = [
    "Access",
    "Alias",
    "AliasKind",
    "Config",
    "DateHow",
    "Decision",
    "Document",
    "Draft",
    "DumpFile",
    "Entry",
    "FeedDocument",
    "FeedReport",
    "FeedSpec",
    "FeedView",
    "FetchState",
    "FileRead",
    "Known",
    "Member",
    "Memory",
    "Mention",
    "New",
    "Outcome",
    "ParsedEntry",
    "Rejected",
    "Related",
    "Repeated",
    "Rules",
    "Seen",
    "Shown",
    "Site",
    "Source",
    "SourceReport",
    "Stored",
    "Tie",
    "TieKind",
]
