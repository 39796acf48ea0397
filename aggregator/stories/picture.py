"""Which picture a story is shown with: the best of its entries, and whose it is. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.models import Entry, Media, MediaRole, StoryPicture, main_picture
from aggregator.pictures import stated_width

# As wide as the screen of a phone in CSS's pixels: a wider picture is shown no better there. Of the
# pictures of real feeds the widest thumbnail has 280, the narrowest other 750.
_WIDE_ENOUGH = 400


def picture_of_story(shown: Entry, others: Sequence[Entry]) -> StoryPicture | None:
    """Return the picture of another entry that a story is shown with; ``None`` for its own, if any.

    The entry whose text is ``shown`` keeps its own picture unless that is too small and another's
    is better; of those that are wide enough the first in order is taken, so that one more entry
    changes nothing.
    """
    own = main_picture(shown.media)
    best, source = own, shown.source
    for other in others:
        picture = main_picture(other.media)
        if picture is not None and (best is None or _quality(picture) > _quality(best)):
            best, source = picture, other.source
    return None if best is None or best is own else StoryPicture(media=best, source=source)


def _quality(picture: Media) -> int:
    """Return how wide a picture is, up to wide enough; one of which nothing is said mostly is."""
    width = picture.width or stated_width(picture.url)
    if width is None:
        return 0 if picture.role is MediaRole.THUMBNAIL else _WIDE_ENOUGH
    return min(width, _WIDE_ENOUGH)
