"""What people get wrong in ``config.toml``: what they wrote, what they are told, what is right.

The page ``docs/mistakes.md`` is made of this table by ``python -m tests.support.mistakes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent.parent.parent / "docs" / "mistakes.md"

SOURCE = '[[source]]\nname = "a"\nfeed = "https://example.org/feed"\n'
FEED = '[[feed]]\nname = "x"\n'
# Where lines stand: what is above them in the file, and what below.
BELOW_SOURCE, BELOW_FEED, ABOVE, WHOLE = (SOURCE, ""), (SOURCE + FEED, ""), ("", SOURCE), ("", "")

_INTRODUCTION = """# Mistakes

What people get wrong in `config.toml`, what the program says of it, and what to write instead. Each
place is the line and the column of a whole file: lines of a source stand in line 4, below

```toml
[[source]]
name = "a"
feed = "https://example.org/feed"
```

and lines of a feed in line 6, below that and `[[feed]]` with `name = "x"`; what begins with a table
of its own begins the file. Every fault of a file is named at once. It is enough to put what stands
behind *write* in place of the line.

This page is made of the table that the tests are run over (`python -m tests.support.mistakes`).
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """Lines that are wrong, the one fault that is named, and lines that are right.

    ``where`` is what stands above and below them; ``under`` a heading of the page.
    """

    under: str
    where: tuple[str, str]
    written: str
    place: tuple[int, int]
    said: str
    right: str

    def file(self, lines: str) -> str:
        """Return a whole file with these lines in it."""
        above, below = self.where
        return f"{above}{lines}\n{below}"


MISTAKES = (
    Mistake(
        under="Quotes",
        where=BELOW_SOURCE,
        written="title = প্রথম আলো",
        place=(4, 9),
        said='text needs quotes: write title = "প্রথম আলো"',
        right='title = "প্রথম আলো"',
    ),
    Mistake(
        under="Quotes",
        where=BELOW_SOURCE,
        written="title = “প্রথম আলো”",
        place=(4, 9),
        said='quotes are straight, " or \', not typographic: write title = "প্রথম আলো"',
        right='title = "প্রথম আলো"',
    ),
    Mistake(
        under="Quotes",
        where=BELOW_SOURCE,
        written="title = ‘প্রথম আলো’",
        place=(4, 9),
        said='quotes are straight, " or \', not typographic: write title = "প্রথম আলো"',
        right='title = "প্রথম আলো"',
    ),
    Mistake(
        under="Quotes",
        where=BELOW_SOURCE,
        written='title = "প্রথম আলো”',
        place=(4, 19),
        said='quotes are straight, " or \', not typographic: write title = "প্রথম আলো"',
        right='title = "প্রথম আলো"',
    ),
    Mistake(
        under="Quotes",
        where=BELOW_SOURCE,
        written='title = "প্রথম আলো',
        place=(4, 19),
        said='a quotation mark is missing: write title = "প্রথম আলো"',
        right='title = "প্রথম আলো"',
    ),
    Mistake(
        under="Quotes",
        where=BELOW_SOURCE,
        written='title = প্রথম আলো"',
        place=(4, 9),
        said='a quotation mark is missing: write title = "প্রথম আলো"',
        right='title = "প্রথম আলো"',
    ),
    Mistake(
        under="Quotes",
        where=BELOW_SOURCE,
        written='title = “দৈনিক "আলো"”',
        place=(4, 9),
        said="quotes are straight, \" or ', not typographic: write title = 'দৈনিক \"আলো\"'",
        right="title = 'দৈনিক \"আলো\"'",
    ),
    Mistake(
        under="Quotes",
        where=BELOW_SOURCE,
        written='title = "দৈনিক "আলো""',
        place=(4, 9),
        said="quotes stand within quotes of the same kind: write title = 'দৈনিক \"আলো\"'",
        right="title = 'দৈনিক \"আলো\"'",
    ),
    Mistake(
        under="Quotes",
        where=BELOW_SOURCE,
        written="title = 'Reader's Digest'",
        place=(4, 9),
        said='quotes stand within quotes of the same kind: write title = "Reader\'s Digest"',
        right='title = "Reader\'s Digest"',
    ),
    Mistake(
        under="Quotes",
        where=BELOW_SOURCE,
        written="category = [জাতীয়, খেলা]",
        place=(4, 13),
        said='text needs quotes: write category = ["জাতীয়", "খেলা"]',
        right='category = ["জাতীয়", "খেলা"]',
    ),
    Mistake(
        under="Quotes",
        where=BELOW_SOURCE,
        written="category = [“জাতীয়”, “খেলা”]",
        place=(4, 13),
        said=('quotes are straight, " or \', not typographic: write category = ["জাতীয়", "খেলা"]'),
        right='category = ["জাতীয়", "খেলা"]',
    ),
    Mistake(
        under="Quotes",
        where=ABOVE,
        written='[topics]\nখেলা = ["দাবা"]',
        place=(2, 1),
        said=(
            'a key with other letters than a-z, 0-9, "-" and "_" needs quotes: write "খেলা" = ["দাবা"]'
        ),
        right='[topics]\n"খেলা" = ["দাবা"]',
    ),
    Mistake(
        under="Quotes",
        where=BELOW_FEED,
        written='split_by = "topic"\nnames = { খেলা = "khela" }',
        place=(7, 11),
        said=(
            "text and keys with other letters than a-z need quotes: write names = { "
            '"খেলা" = "khela" }'
        ),
        right='split_by = "topic"\nnames = { "খেলা" = "khela" }',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='title: "সমকাল"',
        place=(4, 6),
        said='"=" stands between a key and its value, not ":": write title = "সমকাল"',
        right='title = "সমকাল"',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='"title": "সমকাল",',
        place=(4, 1),
        said=(
            '"=" stands between a key and its value, not ":"; no "," stands after a '
            'value: write title = "সমকাল"'
        ),
        right='title = "সমকাল"',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='title "সমকাল"',
        place=(4, 7),
        said='between a key and its value stands "=": write title = "সমকাল"',
        right='title = "সমকাল"',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='title := "সমকাল"',
        place=(4, 7),
        said='"=" stands between a key and its value, not ":=": write title = "সমকাল"',
        right='title = "সমকাল"',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='title = "সমকাল",',
        place=(4, 16),
        said='no "," stands after a value: write title = "সমকাল"',
        right='title = "সমকাল"',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='title = "সমকাল";',
        place=(4, 16),
        said='no ";" stands after a value: write title = "সমকাল"',
        right='title = "সমকাল"',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written="title =",
        place=(4, 1),
        said='"title" has no value: give it one, or delete this line',
        right="",
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written="title = null",
        place=(4, 1),
        said='"title" has no value: give it one, or delete this line',
        right="",
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='category = ["জাতীয়" "খেলা"]',
        place=(4, 21),
        said='between two values of a list stands ",": write category = ["জাতীয়", "খেলা"]',
        right='category = ["জাতীয়", "খেলা"]',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='category = ["জাতীয়", "খেলা"\nevery = "1h"',
        place=(4, 29),
        said='a list ends with "]": write category = ["জাতীয়", "খেলা"]',
        right='category = ["জাতীয়", "খেলা"]\nevery = "1h"',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='category = [\n  "জাতীয়"\n  "খেলা",\n]',
        place=(5, 11),
        said='between two values of a list stands ",": write "জাতীয়",',
        right='category = [\n  "জাতীয়",\n  "খেলা",\n]',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='category = [\n  "জাতীয়",\n  "খেলা"',
        place=(4, 12),
        said='the list that begins here has no end: close it with "]"',
        right='category = [\n  "জাতীয়",\n  "খেলা"\n]',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='title = "সমকাল", every = "1h"',
        place=(4, 16),
        said="something stands behind the value: each key has a line of its own",
        right='title = "সমকাল"\nevery = "1h"',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='fields = { title: "headline" }',
        place=(4, 17),
        said=(
            '"=" stands between a key and its value, not ":": write fields = { title = "headline" }'
        ),
        right='fields = { title = "headline" }',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='title\xa0= "সমকাল"',
        place=(4, 6),
        said=(
            "here is a no-break space (U+00A0): delete it, or type an ordinary space: "
            'write title = "সমকাল"'
        ),
        right='title = "সমকাল"',
    ),
    Mistake(
        under="Signs between and around",
        where=BELOW_SOURCE,
        written='\u200btitle = "সমকাল"',
        place=(4, 1),
        said=(
            "here is a space that is not the ordinary one (U+200B): delete it, or type "
            'an ordinary space: write title = "সমকাল"'
        ),
        right='title = "সমকাল"',
    ),
    Mistake(
        under="Comments",
        where=BELOW_SOURCE,
        written="// খেলার পাতা",
        place=(4, 1),
        said='a comment begins with "#", not with "//"',
        right="# খেলার পাতা",
    ),
    Mistake(
        under="Comments",
        where=BELOW_SOURCE,
        written="; খেলার পাতা",
        place=(4, 1),
        said='a comment begins with "#", not with ";"',
        right="# খেলার পাতা",
    ),
    Mistake(
        under="Comments",
        where=BELOW_SOURCE,
        written='every = "1h" // প্রতি ঘণ্টায়',
        place=(4, 14),
        said='a comment begins with "#", not with "//": write every = "1h"',
        right='every = "1h"',
    ),
    Mistake(
        under="Tables and their names",
        where=WHOLE,
        written='[source]\nname = "a"\nfeed = "https://example.org/feed"',
        place=(1, 1),
        said="source: there can be several: write [[source]]",
        right='[[source]]\nname = "a"\nfeed = "https://example.org/feed"',
    ),
    Mistake(
        under="Tables and their names",
        where=BELOW_SOURCE,
        written='[[source]\nname = "b"\nfeed = "https://example.org/b"',
        place=(4, 10),
        said=(
            "a line with the name of a table has as many brackets on the right as on the "
            "left: write [[source]]"
        ),
        right='[[source]]\nname = "b"\nfeed = "https://example.org/b"',
    ),
    Mistake(
        under="Tables and their names",
        where=ABOVE,
        written='[[site]]\ntitle = "খবর"',
        place=(1, 1),
        said="site: there is only one: write [site]",
        right='[site]\ntitle = "খবর"',
    ),
    Mistake(
        under="Tables and their names",
        where=ABOVE,
        written='[site]\ntitle = "খবর"\n[site]\nlanguage = "bn"',
        place=(3, 1),
        said="[site] stands twice (first in line 1): put its keys there",
        right='[site]\ntitle = "খবর"\nlanguage = "bn"',
    ),
    Mistake(
        under="Tables and their names",
        where=ABOVE,
        written='[sites]\ntitle = "খবর"',
        place=(1, 1),
        said='sites: unknown table, did you mean "[site]"?',
        right='[site]\ntitle = "খবর"',
    ),
    Mistake(
        under="Tables and their names",
        where=WHOLE,
        written='[[sources]]\nname = "a"\nfeed = "https://example.org/feed"',
        place=(1, 1),
        said='sources: unknown table, did you mean "[[source]]"?',
        right='[[source]]\nname = "a"\nfeed = "https://example.org/feed"',
    ),
    Mistake(
        under="Tables and their names",
        where=WHOLE,
        written='name = "a"\nfeed = "https://example.org/feed"',
        place=(1, 1),
        said="name: belongs below a line [[source]]: write that line above it",
        right='[[source]]\nname = "a"\nfeed = "https://example.org/feed"',
    ),
    Mistake(
        under="Tables and their names",
        where=BELOW_SOURCE,
        written='\nname = "b"\nfeed = "https://example.org/b"',
        place=(5, 1),
        said=(
            '"name" is given twice (first in line 2): write [[source]] above it, if here '
            "begins another"
        ),
        right='[[source]]\nname = "b"\nfeed = "https://example.org/b"',
    ),
    Mistake(
        under="Tables and their names",
        where=BELOW_SOURCE,
        written='title = "সমকাল"\ntitle = "দৈনিক সমকাল"',
        place=(5, 1),
        said='"title" is given twice (first in line 4): delete one of the two',
        right='title = "দৈনিক সমকাল"',
    ),
    Mistake(
        under="Tables and their names",
        where=WHOLE,
        written="",
        place=(1, 1),
        said="source: missing: a configuration has at least one [[source]]",
        right='[[source]]\nname = "a"\nfeed = "https://example.org/feed"',
    ),
    Mistake(
        under="Switches",
        where=BELOW_SOURCE,
        written="enabled = True",
        place=(4, 11),
        said="a switch is true or false, in small letters: write enabled = true",
        right="enabled = true",
    ),
    Mistake(
        under="Switches",
        where=BELOW_SOURCE,
        written="enabled = yes",
        place=(4, 11),
        said="a switch is true or false, in small letters: write enabled = true",
        right="enabled = true",
    ),
    Mistake(
        under="Switches",
        where=BELOW_SOURCE,
        written="push = off",
        place=(4, 8),
        said="a switch is true or false, in small letters: write push = false",
        right="push = false",
    ),
    Mistake(
        under="Switches",
        where=BELOW_SOURCE,
        written='enabled = "no"',
        place=(4, 1),
        said=(
            'source "a": enabled: must be true or false without quotes, not "no": write '
            "enabled = false"
        ),
        right="enabled = false",
    ),
    Mistake(
        under="Switches",
        where=BELOW_SOURCE,
        written="enabled = না",
        place=(4, 11),
        said="a switch is true or false, in small letters: write enabled = false",
        right="enabled = false",
    ),
    Mistake(
        under="Numbers",
        where=BELOW_FEED,
        written="limit = ২০০",
        place=(6, 9),
        said=(
            "a number has the digits 0-9, none of them a 0 in front, and a point before "
            "a fraction: write limit = 200"
        ),
        right="limit = 200",
    ),
    Mistake(
        under="Numbers",
        where=BELOW_FEED,
        written='limit = "২০০"',
        place=(6, 1),
        said=(
            'feed "x": limit: must be a whole number without quotes, not "২০০": write limit = 200'
        ),
        right="limit = 200",
    ),
    Mistake(
        under="Numbers",
        where=BELOW_FEED,
        written='limit = "200"',
        place=(6, 1),
        said=(
            'feed "x": limit: must be a whole number without quotes, not "200": write limit = 200'
        ),
        right="limit = 200",
    ),
    Mistake(
        under="Numbers",
        where=BELOW_FEED,
        written="limit = 0200",
        place=(6, 9),
        said=(
            "a number has the digits 0-9, none of them a 0 in front, and a point before "
            "a fraction: write limit = 200"
        ),
        right="limit = 200",
    ),
    Mistake(
        under="Numbers",
        where=BELOW_SOURCE,
        written="max_bytes = 15,000,000",
        place=(4, 15),
        said=(
            "a number has the digits 0-9, none of them a 0 in front, and a point before "
            "a fraction: write max_bytes = 15000000"
        ),
        right="max_bytes = 15000000",
    ),
    Mistake(
        under="Numbers",
        where=BELOW_FEED,
        written="limit = 5000",
        place=(6, 1),
        said='feed "x": limit: must lie between 1 and 1000, not 5000: write limit = 1000',
        right="limit = 1000",
    ),
    Mistake(
        under="Numbers",
        where=BELOW_FEED,
        written="per_source = 25%",
        place=(6, 14),
        said=(
            "a number has the digits 0-9, none of them a 0 in front, and a point before "
            "a fraction: write per_source = 0.25"
        ),
        right="per_source = 0.25",
    ),
    Mistake(
        under="Numbers",
        where=BELOW_FEED,
        written="per_source = 0,25",
        place=(6, 15),
        said=(
            "a number has the digits 0-9, none of them a 0 in front, and a point before "
            "a fraction: write per_source = 0.25"
        ),
        right="per_source = 0.25",
    ),
    Mistake(
        under="Times",
        where=BELOW_SOURCE,
        written="every = 15",
        place=(4, 1),
        said='source "a": every: must be text in quotes, not 15: write every = "15m"',
        right='every = "15m"',
    ),
    Mistake(
        under="Times",
        where=BELOW_SOURCE,
        written="every = 15m",
        place=(4, 9),
        said='text needs quotes: write every = "15m"',
        right='every = "15m"',
    ),
    Mistake(
        under="Times",
        where=BELOW_SOURCE,
        written='every = "15"',
        place=(4, 1),
        said=(
            'source "a": every: not an interval, which is "auto", a number with s, m, h '
            'or d, as "15m", or times as a crontab names them, as "0 6 * * fri": write '
            'every = "15m"'
        ),
        right='every = "15m"',
    ),
    Mistake(
        under="Times",
        where=BELOW_SOURCE,
        written='every = "15 minutes"',
        place=(4, 1),
        said=(
            'source "a": every: not an interval, which is "auto", a number with s, m, h '
            'or d, as "15m", or times as a crontab names them, as "0 6 * * fri": write '
            'every = "15m"'
        ),
        right='every = "15m"',
    ),
    Mistake(
        under="Times",
        where=BELOW_SOURCE,
        written='every = "১৫ মিনিট"',
        place=(4, 1),
        said=(
            'source "a": every: not an interval, which is "auto", a number with s, m, h '
            'or d, as "15m", or times as a crontab names them, as "0 6 * * fri": write '
            'every = "15m"'
        ),
        right='every = "15m"',
    ),
    Mistake(
        under="Times",
        where=BELOW_SOURCE,
        written='every = "1h30m"',
        place=(4, 1),
        said=(
            'source "a": every: not an interval, which is "auto", a number with s, m, h '
            'or d, as "15m", or times as a crontab names them, as "0 6 * * fri": write '
            'every = "90m"'
        ),
        right='every = "90m"',
    ),
    Mistake(
        under="Times",
        where=BELOW_SOURCE,
        written="timeout = 30",
        place=(4, 1),
        said='source "a": timeout: must be text in quotes, not 30: write timeout = "30s"',
        right='timeout = "30s"',
    ),
    Mistake(
        under="Times",
        where=BELOW_SOURCE,
        written='timeout = "1h"',
        place=(4, 1),
        said='source "a": timeout: a timeout lies between "1s" and "10m"',
        right='timeout = "10m"',
    ),
    Mistake(
        under="Times",
        where=BELOW_SOURCE,
        written='timezone = "Dhaka"',
        place=(4, 1),
        said=(
            'source "a": timezone: not a time zone, such as "Asia/Dhaka" or '
            '"Asia/Kolkata": write timezone = "Asia/Dhaka"'
        ),
        right='timezone = "Asia/Dhaka"',
    ),
    Mistake(
        under="Times",
        where=BELOW_SOURCE,
        written='timezone = "GMT+6"',
        place=(4, 1),
        said=(
            'source "a": timezone: not a time zone, such as "Asia/Dhaka" or '
            '"Asia/Kolkata": write timezone = "Asia/Dhaka"'
        ),
        right='timezone = "Asia/Dhaka"',
    ),
    Mistake(
        under="Addresses and paths",
        where=WHOLE,
        written='[[source]]\nname = "a"\nfeed = "www.example.org/feed"',
        place=(3, 1),
        said=(
            'source "a": feed: not a web address: it starts with http:// or https:// and '
            'has no spaces: write feed = "https://www.example.org/feed"'
        ),
        right='[[source]]\nname = "a"\nfeed = "https://www.example.org/feed"',
    ),
    Mistake(
        under="Addresses and paths",
        where=WHOLE,
        written='[[source]]\nname = "a"\nfeed = "htps://example.org/feed"',
        place=(3, 1),
        said=(
            'source "a": feed: not a web address: it starts with http:// or https:// and '
            'has no spaces: write feed = "https://example.org/feed"'
        ),
        right='[[source]]\nname = "a"\nfeed = "https://example.org/feed"',
    ),
    Mistake(
        under="Addresses and paths",
        where=WHOLE,
        written='[[source]]\nname = "a"\ndump = "D:\\খবর\\*.txt"',
        place=(3, 11),
        said='folders are divided by "/", not by "\\": write dump = "D:/খবর/*.txt"',
        right='[[source]]\nname = "a"\ndump = "D:/খবর/*.txt"',
    ),
    Mistake(
        under="Addresses and paths",
        where=WHOLE,
        written='[[source]]\nname = "a"\ndump = "D:\\news\\today.txt"',
        place=(3, 1),
        said=(
            'source "a": dump: has a character that cannot be shown, such as a tab or a '
            'line break: write dump = "D:/news/today.txt"'
        ),
        right='[[source]]\nname = "a"\ndump = "D:/news/today.txt"',
    ),
    Mistake(
        under="Addresses and paths",
        where=ABOVE,
        written="[site]\nlisten = 8000",
        place=(2, 1),
        said='site.listen: must be text in quotes, not 8000: write listen = "127.0.0.1:8000"',
        right='[site]\nlisten = "127.0.0.1:8000"',
    ),
    Mistake(
        under="Addresses and paths",
        where=ABOVE,
        written='[site]\noutput = "."',
        place=(2, 1),
        said=(
            "site.output: everybody can read what lies in this folder, and the "
            'configuration does: write output = "feeds"'
        ),
        right='[site]\noutput = "feeds"',
    ),
    Mistake(
        under="Addresses and paths",
        where=ABOVE,
        written='[store]\nurl = "aggregator.db"',
        place=(2, 1),
        said=(
            "store.url: the store is an SQLite file or a PostgreSQL database, as "
            '"sqlite:///aggregator.db" or "postgresql://user:${PASSWORD}@host/database": '
            'write url = "sqlite:///aggregator.db"'
        ),
        right='[store]\nurl = "sqlite:///aggregator.db"',
    ),
    Mistake(
        under="Addresses and paths",
        where=ABOVE,
        written='[store]\nurl = "sqlite:///feeds/khobor.db"',
        place=(2, 1),
        said=(
            "store.url: everybody can read what lies in the folder of [site] output, as "
            'this would: write url = "sqlite:///khobor.db"'
        ),
        right='[store]\nurl = "sqlite:///khobor.db"',
    ),
    Mistake(
        under="Addresses and paths",
        where=ABOVE,
        written='[store]\nbackup_folder = "feeds/backups"',
        place=(2, 1),
        said=(
            "store.backup_folder: everybody can read what lies in the folder of [site] "
            'output, as backups would: write backup_folder = "backups"'
        ),
        right='[store]\nbackup_folder = "backups"',
    ),
    Mistake(
        under="Keys, names and choices",
        where=BELOW_SOURCE,
        written='evry = "1h"',
        place=(4, 1),
        said='source "a": evry: unknown key, did you mean "every"?',
        right='every = "1h"',
    ),
    Mistake(
        under="Keys, names and choices",
        where=BELOW_SOURCE,
        written="limit = 50",
        place=(4, 1),
        said='source "a": limit: unknown key here; it is one of [[feed]]',
        right="",
    ),
    Mistake(
        under="Keys, names and choices",
        where=WHOLE,
        written='[[source]]\nname = "a"\nurl = "https://example.org/feed"',
        place=(3, 1),
        said='source "a": url: unknown key, did you mean "feed"?',
        right='[[source]]\nname = "a"\nfeed = "https://example.org/feed"',
    ),
    Mistake(
        under="Keys, names and choices",
        where=WHOLE,
        written='[[source]]\nname = "প্রথম আলো"\nfeed = "https://example.org/feed"',
        place=(2, 1),
        said=(
            'source "প্রথম আলো": name: a name is made of a-z, 0-9 and -, as it becomes '
            'part of addresses; what people read goes into "title": write name = '
            '"prothom-alo"'
        ),
        right='[[source]]\nname = "prothom-alo"\nfeed = "https://example.org/feed"',
    ),
    Mistake(
        under="Keys, names and choices",
        where=WHOLE,
        written='[[source]]\nfeed = "https://www.samakal.com/rss"',
        place=(1, 1),
        said='source[0]: name: missing: every [[source]] has one: write name = "samakal"',
        right='[[source]]\nname = "samakal"\nfeed = "https://www.samakal.com/rss"',
    ),
    Mistake(
        under="Keys, names and choices",
        where=BELOW_SOURCE,
        written='[[source]]\nname = "a"\nfeed = "https://example.org/b"',
        place=(5, 1),
        said=(
            'source "a": name: "a" is also the name of another source (line 2): write name = "a-2"'
        ),
        right='[[source]]\nname = "a-2"\nfeed = "https://example.org/b"',
    ),
    Mistake(
        under="Keys, names and choices",
        where=BELOW_FEED,
        written='sources = ["A"]',
        place=(6, 12),
        said='feed "x": sources[0]: there is no source "A": write "a"',
        right='sources = ["a"]',
    ),
    Mistake(
        under="Keys, names and choices",
        where=BELOW_FEED,
        written='sources = "সব"',
        place=(6, 1),
        said='feed "x": sources: there is no source "সব": write sources = "*"',
        right='sources = "*"',
    ),
    Mistake(
        under="Keys, names and choices",
        where=BELOW_FEED,
        written='order = "Top"',
        place=(6, 1),
        said='feed "x": order: must be "newest" or "top", not "Top": write order = "top"',
        right='order = "top"',
    ),
    Mistake(
        under="Keys, names and choices",
        where=BELOW_FEED,
        written='languages = ["bangla"]',
        place=(6, 14),
        said=('feed "x": languages[0]: not a language tag, such as "bn", "as" or "en": write "bn"'),
        right='languages = ["bn"]',
    ),
    Mistake(
        under="Keys, names and choices",
        where=BELOW_FEED,
        written='topics = ["খেলাা"]',
        place=(6, 11),
        said='feed "x": topics[0]: there is no topic "খেলাা": write "খেলা"',
        right='topics = ["খেলা"]',
    ),
)


def page() -> str:
    """Return the page for people."""
    parts, heading = [_INTRODUCTION], ""
    for mistake in MISTAKES:
        if mistake.under != heading:
            heading = mistake.under
            parts.append(f"\n## {heading}\n\n| written | what is said | right |\n|---|---|---|\n")
        said = f"{mistake.place[0]}:{mistake.place[1]}: {mistake.said}"
        cells = (_code(mistake.written), _code(said), _code(mistake.right))
        parts.append(f"| {' | '.join(cells)} |\n")
    return "".join(parts)


def _code(text: str) -> str:
    """Write lines as code in a cell of a table; what cannot be seen is named."""
    if not text.strip():
        return "(nothing)"
    seen = text.replace("\u00a0", "⍽").replace("\u200b", "⟨ZWSP⟩").replace("|", "\\|")
    return "<br>".join(f"`` {line} ``" if "`" in line else f"`{line}`" for line in _lines(seen))


def _lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
