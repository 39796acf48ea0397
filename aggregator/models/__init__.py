"""The frozen types that the stages hand to each other: one type per stage of knowledge.

``Source → Document → ParsedEntry → Draft → Entry → Story → FeedDocument``; each arrow is one
function in one stage. All times are aware ``datetime`` values in UTC unless a field says
otherwise. Markup is in fields whose name ends in ``_html``; every other text is plain.
"""

from aggregator.models.configured import (
    Access,
    Config,
    Events,
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
    Titled,
)
from aggregator.models.explained import (
    Answer,
    Compared,
    Explanation,
    FeedPlace,
    Revision,
)
from aggregator.models.fetched import (
    Document,
    DumpFile,
    FetchState,
    FileRead,
    Held,
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
    Pin,
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
    "Answer",
    "Compared",
    "Config",
    "DateHow",
    "Decision",
    "Document",
    "Draft",
    "DumpFile",
    "Entry",
    "Events",
    "Explanation",
    "FeedDocument",
    "FeedPlace",
    "FeedReport",
    "FeedSpec",
    "FeedView",
    "FetchState",
    "FileRead",
    "Held",
    "Known",
    "Member",
    "Memory",
    "Mention",
    "New",
    "Outcome",
    "ParsedEntry",
    "Pin",
    "Rejected",
    "Related",
    "Repeated",
    "Revision",
    "Rules",
    "Seen",
    "Shown",
    "Site",
    "Source",
    "SourceReport",
    "Stored",
    "Tie",
    "TieKind",
    "Titled",
]
