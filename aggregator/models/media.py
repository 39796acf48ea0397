"""Files that a source sends beside a text: pictures, sounds, videos."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MediaRole(StrEnum):
    """What a file is to its entry; a ``thumbnail`` is a small picture that stands for another file.

    A ``file`` is anything else, as a document.
    """

    PICTURE = "picture"
    THUMBNAIL = "thumbnail"
    SOUND = "sound"
    VIDEO = "video"
    FILE = "file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """One file that a source sends beside an entry's text, and what it says of it.

    ``type`` is its media type (image/jpeg), empty where nobody says it. ``alt`` is a plain text
    that says what it shows, ``credit`` whose it is. What is not known is ``None`` or empty.
    """

    url: str
    role: MediaRole
    type: str = ""
    length_bytes: int | None = None
    width: int | None = None
    height: int | None = None
    duration_seconds: int | None = None
    alt: str = ""
    credit: str = ""

    @property
    def is_picture(self) -> bool:
        """Tell whether it can be shown as a picture."""
        return self.role in (MediaRole.PICTURE, MediaRole.THUMBNAIL)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryPicture:
    """The picture that a story is shown with where it is not of the entry whose text is shown.

    ``source`` is the name of the source whose it is.
    """

    media: Media
    source: str


def main_picture(media: tuple[Media, ...]) -> Media | None:
    """Return the picture that stands for an entry: its first one, else its first thumbnail."""
    pictures = [each for each in media if each.is_picture]
    return min(pictures, key=lambda each: each.role is MediaRole.THUMBNAIL, default=None)
