// Prints what a reader of npm shows of a feed, as JSON: node read.cjs rss-parser|feedsmith FILE.
// What it has no member for is left out; tests/support/readers.py says what is what.
const fs = require('fs');

const personNames = (persons) => (persons || []).map((each) => each.name);
// A title of Atom is a text, or markup where its type says so.
const unescaped = (html) =>
  html.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');
const titleOf = (title) => (title.type === 'html' ? unescaped(title.value) : title.value);
const pictureOf = (files) => files.find((each) => (each.type || '').startsWith('image/'));
const enclosed = (entry) => (entry.links || []).filter((link) => link.rel === 'enclosure');

async function rssParser(text) {
  const Parser = require('rss-parser');
  const feed = await new Parser().parseString(text);
  return feed.items.map((item) => ({
    id: item.guid || item.id,
    title: item.title,
    link: item.link || '',
    published: item.isoDate,
    author: item.creator || item.author,
    categories: item.categories,
    enclosure: text.includes('<rss') ? (item.enclosure ? item.enclosure.url : '') : undefined,
  }));
}

const feedsmithEntry = {
  rss: (item) => ({
    id: item.guid.value,
    title: item.title,
    link: item.link || '',
    published: item.pubDate,
    authors: item.dc.creators,
    categories: item.categories.map((each) => each.name),
    source: item.source.title,
    picture: (pictureOf((item.media && item.media.contents) || []) ||
      ((item.media && item.media.thumbnails) || [])[0] || { url: '' }).url,
    enclosure: ((item.enclosures || [])[0] || { url: '' }).url,
  }),
  atom: (entry) => ({
    id: entry.id,
    title: titleOf(entry.title),
    link: ((entry.links || []).find((link) => !link.rel) || { href: '' }).href,
    published: entry.published,
    authors: personNames(entry.authors),
    categories: entry.categories.map((each) => each.term),
    source: titleOf(entry.source.title),
    picture: (pictureOf(enclosed(entry)) || { href: '' }).href,
    enclosure: (enclosed(entry)[0] || { href: '' }).href,
  }),
  json: (item) => ({
    id: item.id,
    title: item.title,
    link: item.url || '',
    published: item.date_published,
    authors: personNames(item.authors),
    categories: item.tags,
    picture: item.image || '',
    enclosure: ((item.attachments || [])[0] || { url: '' }).url,
  }),
};

async function feedsmith(text) {
  const { parseFeed } = require('feedsmith');
  const { format, feed } = parseFeed(text);
  return (feed.items || feed.entries).map(feedsmithEntry[format]);
}

const readers = { 'rss-parser': rssParser, feedsmith };
readers[process.argv[2]](fs.readFileSync(process.argv[3], 'utf8')).then((shown) =>
  process.stdout.write(JSON.stringify(shown)));
