"""The files beside an entry as readers are told of them, so that none is shown twice.

Knows what a text shows already, and which file stands for all. Refuses to know any format.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from aggregator.models import EntryView, Media, MediaRole, main_picture
from aggregator.pictures import picture_key, pictures_in

_PLAYED = (MediaRole.SOUND, MediaRole.VIDEO)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMedia:
    """The files of an entry: its picture, if it has one, and those that its text does not show.

    ``credit`` is whose the picture is, empty where nobody says it and it is the entry's own.
    """

    picture: Media | None = None
    credit: str = ""
    files: tuple[Media, ...] = ()

    @property
    def is_picture_in_text(self) -> bool:
        """Tell whether the text shows the picture."""
        return self.picture is not None and self.picture not in self.files

    @property
    def enclosure(self) -> Media | None:
        """Return the file that stands for all where only one can.

        A sound or a video comes first, as programs that play them read nothing else, and then what
        has a length; one without a type cannot stand there.
        """
        typed = [each for each in self.files if each.type]
        return min(
            typed,
            key=lambda each: (each.role not in _PLAYED, each.length_bytes is None),
            default=None,
        )


_NOTHING = ShownMedia()


def shown_media(view: EntryView) -> ShownMedia:
    """Return the files of an entry, with the picture of another that its story is shown with."""
    entry = view.entry
    if not entry.media and entry.picture is None:
        return _NOTHING
    picture, media, paper = main_picture(entry.media), entry.media, ""
    if entry.picture is not None:
        picture, paper = entry.picture.media, view.picture_source_title
        media = (picture, *media)
    credit = (picture.credit if picture else "") or paper
    return ShownMedia(picture=picture, credit=credit, files=_not_in(entry.content_html, media))


def _not_in(content_html: str, media: tuple[Media, ...]) -> tuple[Media, ...]:
    """Return the files that a text does not show; most that it shows have one address in both."""
    if "<img " not in content_html:
        return media
    others = [
        each
        for each in media
        if not each.is_picture or f' src="{escape(each.url)}"' not in content_html
    ]
    if not any(each.is_picture for each in others):
        return tuple(others)
    in_text = {picture_key(each.url) for each in pictures_in(content_html)}
    return tuple(
        each for each in others if not each.is_picture or picture_key(each.url) not in in_text
    )
