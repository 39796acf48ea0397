"""The frozen types that the stages hand to each other: one type per stage of knowledge.

``Source → Document → ParsedEntry → Draft → (New | Changed | Repeated) → StoryText → StoryMember →
Presentation → Entry → FeedView → FeedDocument``. All times are aware ``datetime`` values in UTC
unless a field says otherwise. Markup is in fields whose name ends in ``_html``; every other text is
plain. ``docs/architecture.md`` has the glossary.
"""

from aggregator.models.configured import (
    LONGEST_WINDOW,
    Access,
    Config,
    DedupeRules,
    EventDisplay,
    FeedSpec,
    Site,
    Source,
)
from aggregator.models.dates import DateHow
from aggregator.models.entries import (
    Alias,
    AliasKind,
    Changed,
    Decision,
    Draft,
    Entry,
    KnownAliases,
    KnownEntry,
    KnownHeadline,
    Mention,
    New,
    Repeated,
)
from aggregator.models.explained import (
    Answer,
    Comparison,
    Explanation,
    FeedPosition,
    Revision,
)
from aggregator.models.fetched import (
    EXCERPT_CHARACTERS,
    Document,
    DumpFile,
    FetchState,
    FileProgress,
    Intake,
    ParsedEntry,
    Quarantined,
    Rejected,
)
from aggregator.models.published import (
    EntryView,
    FeedDocument,
    FeedReport,
    FeedView,
    Outcome,
    SourceReport,
    Stamp,
    Standing,
)
from aggregator.models.records import RECORD_PARTS, RecordPart
from aggregator.models.stories import (
    Pin,
    Presentation,
    Related,
    StoryMember,
    StoryText,
    Tie,
    TieKind,
)

__all__ = [
    "EXCERPT_CHARACTERS",
    "LONGEST_WINDOW",
    "RECORD_PARTS",
    "Access",
    "Alias",
    "AliasKind",
    "Answer",
    "Changed",
    "Comparison",
    "Config",
    "DateHow",
    "Decision",
    "DedupeRules",
    "Document",
    "Draft",
    "DumpFile",
    "Entry",
    "EntryView",
    "EventDisplay",
    "Explanation",
    "FeedDocument",
    "FeedPosition",
    "FeedReport",
    "FeedSpec",
    "FeedView",
    "FetchState",
    "FileProgress",
    "Intake",
    "KnownAliases",
    "KnownEntry",
    "KnownHeadline",
    "Mention",
    "New",
    "Outcome",
    "ParsedEntry",
    "Pin",
    "Presentation",
    "Quarantined",
    "RecordPart",
    "Rejected",
    "Related",
    "Repeated",
    "Revision",
    "Site",
    "Source",
    "SourceReport",
    "Stamp",
    "Standing",
    "StoryMember",
    "StoryText",
    "Tie",
    "TieKind",
]
