CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE source_state (
	source VARCHAR(64) NOT NULL, 
	config_fingerprint TEXT NOT NULL, 
	moved_to TEXT NOT NULL, 
	moved_polls INTEGER NOT NULL, 
	etag TEXT, 
	last_modified TEXT, 
	body_sha256 VARCHAR(64), 
	next_due_unix BIGINT, 
	checked_unix BIGINT, 
	failures INTEGER NOT NULL, 
	error TEXT, 
	clock_skew_seconds INTEGER NOT NULL, 
	clock_skew_confirmed_unix BIGINT, rests_until_unix BIGINT, resting_host TEXT DEFAULT '' NOT NULL, hints JSON DEFAULT '{}' NOT NULL, interval_seconds FLOAT, interval_how VARCHAR(16), due_why VARCHAR(16), fault VARCHAR(16), succeeded_unix BIGINT, failing_since_unix BIGINT, 
	PRIMARY KEY (source)
);
CREATE TABLE rejected (
	source VARCHAR(64) NOT NULL, 
	reason VARCHAR(200) NOT NULL, 
	excerpt TEXT NOT NULL, 
	first_seen_unix BIGINT NOT NULL, 
	PRIMARY KEY (source, reason, excerpt)
);
CREATE TABLE entry (
	pk INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	story INTEGER, 
	language VARCHAR(35) NOT NULL, 
	published_unix BIGINT NOT NULL, 
	updated_unix BIGINT NOT NULL, 
	first_seen_unix BIGINT NOT NULL, 
	date_how VARCHAR(16) NOT NULL, 
	position INTEGER NOT NULL, 
	content_key VARCHAR(32) NOT NULL, characters INTEGER, is_clustered BOOLEAN DEFAULT '0' NOT NULL, is_linked BOOLEAN DEFAULT '0' NOT NULL, purged_unix BIGINT, is_backlog BOOLEAN DEFAULT '0' NOT NULL, alias_count INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (pk), 
	UNIQUE (id)
);
CREATE INDEX entry_by_time ON entry (published_unix, position, id);
CREATE INDEX entry_by_story ON entry (story);
CREATE INDEX entry_by_source ON entry (source, published_unix);
CREATE TABLE digest (
	source VARCHAR(64) NOT NULL, 
	digest VARCHAR(32) NOT NULL, 
	pk INTEGER NOT NULL, 
	PRIMARY KEY (source, digest), 
	FOREIGN KEY(pk) REFERENCES entry (pk)
);
CREATE INDEX digest_by_entry ON digest (pk);
CREATE TABLE "dump_file" (
	source VARCHAR(64) NOT NULL, 
	path TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	modified_ns BIGINT NOT NULL, 
	error TEXT NOT NULL, 
	records BIGINT DEFAULT '0' NOT NULL, 
	is_done BOOLEAN DEFAULT '1' NOT NULL, 
	PRIMARY KEY (source, path)
);
CREATE TABLE page_line (
	source VARCHAR(64) NOT NULL, 
	line BIGINT NOT NULL, 
	pages INTEGER NOT NULL, 
	PRIMARY KEY (source, line)
);
CREATE TABLE "lookup_key" (
	key BIGINT NOT NULL, 
	pk INTEGER NOT NULL, 
	PRIMARY KEY (key, pk)
)
 WITHOUT ROWID

;
CREATE TABLE tie (
	a INTEGER NOT NULL, 
	b INTEGER NOT NULL, 
	kind VARCHAR(8) NOT NULL, 
	jaccard FLOAT NOT NULL, 
	containment FLOAT NOT NULL, 
	PRIMARY KEY (a, b)
)
 WITHOUT ROWID

;
CREATE INDEX tie_by_b ON tie (b);
CREATE TABLE "event_link" (
	a INTEGER NOT NULL, 
	b INTEGER NOT NULL, 
	score FLOAT NOT NULL, 
	PRIMARY KEY (a, b)
)
 WITHOUT ROWID

;
CREATE TABLE "pin" (
	feed VARCHAR(64) NOT NULL, 
	pk INTEGER NOT NULL, 
	as_pk INTEGER NOT NULL, 
	sequence BIGINT NOT NULL, 
	representative_pk INTEGER, 
	representative_key VARCHAR(32) DEFAULT '' NOT NULL, 
	updated_unix BIGINT, 
	PRIMARY KEY (feed, pk), 
	FOREIGN KEY(pk) REFERENCES entry (pk), 
	FOREIGN KEY(as_pk) REFERENCES entry (pk)
)
 WITHOUT ROWID

;
CREATE TABLE absorbed (
	feed VARCHAR(64) NOT NULL, 
	pk INTEGER NOT NULL, 
	by_pk INTEGER NOT NULL, 
	PRIMARY KEY (feed, pk), 
	FOREIGN KEY(pk) REFERENCES entry (pk), 
	FOREIGN KEY(by_pk) REFERENCES entry (pk)
)
 WITHOUT ROWID

;
CREATE TABLE "tombstone" (
	pk INTEGER NOT NULL, 
	content TEXT NOT NULL, 
	PRIMARY KEY (pk), 
	FOREIGN KEY(pk) REFERENCES entry (pk)
);
CREATE TABLE request (
	name VARCHAR(16) NOT NULL, 
	PRIMARY KEY (name)
);
CREATE TABLE "revision" (
	pk INTEGER NOT NULL, 
	until_unix BIGINT NOT NULL, 
	title TEXT NOT NULL, 
	characters INTEGER, 
	PRIMARY KEY (pk, until_unix), 
	FOREIGN KEY(pk) REFERENCES entry (pk)
);
CREATE TABLE "quarantine" (
	source VARCHAR(64) NOT NULL, 
	began_unix BIGINT NOT NULL, 
	unchanged_since_unix BIGINT NOT NULL, 
	polls INTEGER NOT NULL, 
	reason TEXT NOT NULL, 
	fingerprints JSON NOT NULL, 
	is_released BOOLEAN NOT NULL, 
	PRIMARY KEY (source)
);
CREATE INDEX entry_to_cluster ON entry (pk) WHERE is_clustered = 0;
CREATE INDEX event_link_by_b ON event_link (b);
CREATE INDEX pin_by_entry ON pin (pk);
CREATE TABLE intake (
	source VARCHAR(64) NOT NULL, 
	day INTEGER NOT NULL, 
	entries INTEGER NOT NULL, 
	PRIMARY KEY (source, day)
)
 WITHOUT ROWID

;
CREATE TABLE "entry_text" (
	pk INTEGER NOT NULL, 
	link TEXT NOT NULL, 
	title TEXT NOT NULL, 
	texts BLOB NOT NULL, 
	markup_characters INTEGER NOT NULL, 
	is_text_damaged BOOLEAN NOT NULL, 
	authors JSON NOT NULL, 
	categories JSON NOT NULL, 
	repairs JSON NOT NULL, 
	related JSON DEFAULT '[]' NOT NULL, media JSON DEFAULT '[]' NOT NULL, rights TEXT DEFAULT '' NOT NULL, 
	PRIMARY KEY (pk), 
	FOREIGN KEY(pk) REFERENCES entry (pk)
);
CREATE TABLE "alias" (
	kind VARCHAR(8) NOT NULL, 
	value TEXT NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	pk INTEGER, 
	PRIMARY KEY (kind, value, source), 
	FOREIGN KEY(pk) REFERENCES entry (pk)
)
 WITHOUT ROWID

;
CREATE TABLE feed_source (
	feed VARCHAR(64) NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	PRIMARY KEY (feed, source)
)
 WITHOUT ROWID

;
CREATE TABLE signed (
	pk INTEGER NOT NULL, 
	address TEXT NOT NULL, 
	characters INTEGER NOT NULL, 
	signature BLOB NOT NULL, 
	PRIMARY KEY (pk), 
	FOREIGN KEY(pk) REFERENCES entry (pk)
);
CREATE TABLE sign_anew (
	pk INTEGER NOT NULL, 
	PRIMARY KEY (pk)
);
CREATE TABLE known_items (
	source VARCHAR(64) NOT NULL, 
	context TEXT NOT NULL, 
	packed BLOB NOT NULL, 
	PRIMARY KEY (source)
);
CREATE TABLE changed (
	pk INTEGER NOT NULL, 
	PRIMARY KEY (pk)
);
CREATE TABLE standing (
	feed VARCHAR(64) NOT NULL, 
	is_current BOOLEAN NOT NULL, 
	fingerprint VARCHAR(32) NOT NULL, 
	digest VARCHAR(32) NOT NULL, 
	stamps JSON NOT NULL, 
	entries INTEGER NOT NULL, 
	left_out JSON NOT NULL, 
	PRIMARY KEY (feed)
)
 WITHOUT ROWID

;
CREATE TRIGGER entry_added AFTER INSERT ON entry WHEN NEW.characters IS NOT NULL BEGIN INSERT INTO changed (pk) SELECT NEW.pk WHERE NEW.pk NOT IN (SELECT pk FROM changed); END;
CREATE TRIGGER entry_changed AFTER UPDATE OF id, source, story, language, published_unix, updated_unix, date_how, position, content_key, characters, is_backlog, purged_unix ON entry BEGIN INSERT INTO changed (pk) SELECT NEW.pk WHERE NEW.pk NOT IN (SELECT pk FROM changed); END;
CREATE TRIGGER entry_deleted AFTER DELETE ON entry BEGIN INSERT INTO changed (pk) SELECT OLD.pk WHERE OLD.pk NOT IN (SELECT pk FROM changed); END;
CREATE TRIGGER entry_text_changed AFTER UPDATE ON entry_text BEGIN INSERT INTO changed (pk) SELECT NEW.pk WHERE NEW.pk NOT IN (SELECT pk FROM changed); END;
CREATE TRIGGER entry_text_deleted AFTER DELETE ON entry_text BEGIN INSERT INTO changed (pk) SELECT OLD.pk WHERE OLD.pk NOT IN (SELECT pk FROM changed); END;
CREATE TRIGGER event_words_outdated AFTER UPDATE OF pk, title, texts ON entry_text BEGIN DELETE FROM event_words WHERE pk = OLD.pk; END;
CREATE TRIGGER event_words_deleted AFTER DELETE ON entry_text BEGIN DELETE FROM event_words WHERE pk = OLD.pk; END;
CREATE TABLE publishing (
	feed VARCHAR(64) NOT NULL, 
	sequence BIGINT NOT NULL, 
	PRIMARY KEY (feed)
)
 WITHOUT ROWID

;
CREATE TABLE archive_entry (
	feed VARCHAR(64) NOT NULL, 
	pk INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	is_due BOOLEAN NOT NULL, 
	PRIMARY KEY (feed, pk, number), 
	FOREIGN KEY(pk) REFERENCES entry (pk)
)
 WITHOUT ROWID

;
CREATE INDEX archive_entry_by_number ON archive_entry (feed, number);
CREATE TABLE archive (
	feed VARCHAR(64) NOT NULL, 
	number INTEGER NOT NULL, 
	written_as VARCHAR(32) NOT NULL, 
	PRIMARY KEY (feed, number)
)
 WITHOUT ROWID

;
CREATE TABLE archiving (
	feed VARCHAR(64) NOT NULL, 
	seen_pk INTEGER NOT NULL, 
	selection VARCHAR(32) NOT NULL, 
	PRIMARY KEY (feed)
)
 WITHOUT ROWID

;
CREATE TABLE ping (
	hub TEXT NOT NULL, 
	topic TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	pinged VARCHAR(64) NOT NULL, 
	attempts INTEGER NOT NULL, 
	next_try_unix BIGINT, 
	error TEXT NOT NULL, 
	PRIMARY KEY (hub, topic)
)
 WITHOUT ROWID

;
CREATE TABLE subscription (
	callback TEXT NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	hub TEXT NOT NULL, 
	topic TEXT NOT NULL, 
	secret TEXT NOT NULL, 
	mode VARCHAR(16) NOT NULL, 
	next_try_unix BIGINT NOT NULL, 
	attempts INTEGER NOT NULL, 
	lease_ends_unix BIGINT, 
	delivered_unix BIGINT, 
	error TEXT NOT NULL, 
	PRIMARY KEY (callback)
)
 WITHOUT ROWID

;
CREATE TABLE permit (
	pk INTEGER NOT NULL, 
	feed VARCHAR(64) NOT NULL, 
	PRIMARY KEY (pk)
);
CREATE TABLE search_waiting (
	pk INTEGER NOT NULL, 
	PRIMARY KEY (pk)
);
CREATE TABLE search_outdated (
	pk INTEGER NOT NULL, 
	published_unix BIGINT NOT NULL, 
	title TEXT NOT NULL, 
	texts BLOB NOT NULL, 
	PRIMARY KEY (pk)
);
CREATE TABLE search_state (
	number INTEGER NOT NULL, 
	form TEXT NOT NULL, 
	must_rewrite BOOLEAN NOT NULL, 
	PRIMARY KEY (number)
);
CREATE TRIGGER search_added AFTER INSERT ON entry_text BEGIN INSERT INTO search_waiting (pk) SELECT NEW.pk WHERE NEW.pk NOT IN (SELECT pk FROM search_waiting); END;
CREATE TRIGGER search_changed AFTER UPDATE OF pk, title, texts ON entry_text WHEN OLD.pk <> NEW.pk OR OLD.title IS NOT NEW.title OR OLD.texts IS NOT NEW.texts BEGIN INSERT INTO search_outdated (pk, published_unix, title, texts) SELECT OLD.pk, published_unix, OLD.title, OLD.texts FROM entry WHERE pk = OLD.pk AND OLD.pk NOT IN (SELECT pk FROM search_waiting); INSERT INTO search_waiting (pk) SELECT NEW.pk WHERE NEW.pk NOT IN (SELECT pk FROM search_waiting); END;
CREATE TRIGGER search_deleted AFTER DELETE ON entry_text BEGIN INSERT INTO search_outdated (pk, published_unix, title, texts) SELECT OLD.pk, published_unix, OLD.title, OLD.texts FROM entry WHERE pk = OLD.pk AND OLD.pk NOT IN (SELECT pk FROM search_waiting); DELETE FROM search_waiting WHERE pk = OLD.pk; END;
CREATE TRIGGER search_moved AFTER UPDATE OF published_unix ON entry WHEN OLD.published_unix <> NEW.published_unix BEGIN INSERT INTO search_outdated (pk, published_unix, title, texts) SELECT pk, OLD.published_unix, title, texts FROM entry_text WHERE pk = OLD.pk AND OLD.pk NOT IN (SELECT pk FROM search_waiting); INSERT INTO search_waiting (pk) SELECT pk FROM entry_text WHERE pk = OLD.pk AND OLD.pk NOT IN (SELECT pk FROM search_waiting); END;
CREATE TRIGGER search_lost AFTER DELETE ON entry BEGIN DELETE FROM search_state; END;
CREATE TABLE entry_page (
	pk INTEGER NOT NULL, 
	written_as VARCHAR(16) NOT NULL, 
	PRIMARY KEY (pk), 
	FOREIGN KEY(pk) REFERENCES entry (pk)
);
CREATE INDEX entry_page_by_state ON entry_page (written_as);
CREATE TABLE rhythm (
	source VARCHAR(64) NOT NULL, 
	measured_unix BIGINT NOT NULL, 
	entries_by_hour JSON NOT NULL, 
	PRIMARY KEY (source)
);
CREATE TABLE tempo (
	pk INTEGER NOT NULL, 
	factor FLOAT NOT NULL, 
	measured_unix BIGINT NOT NULL, 
	fingerprint VARCHAR(64) NOT NULL, 
	PRIMARY KEY (pk)
);
CREATE TABLE activity (
	span_seconds INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	ok BIGINT NOT NULL, 
	not_modified BIGINT NOT NULL, 
	failed BIGINT NOT NULL, 
	new BIGINT NOT NULL, 
	revised BIGINT NOT NULL, 
	known BIGINT NOT NULL, 
	rejected BIGINT NOT NULL, 
	merged BIGINT NOT NULL, 
	received_bytes BIGINT NOT NULL, 
	milliseconds BIGINT NOT NULL, 
	PRIMARY KEY (span_seconds, number, source)
)
 WITHOUT ROWID

;
CREATE TABLE activity_fault (
	span_seconds INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	source VARCHAR(64) NOT NULL, 
	fault VARCHAR(16) NOT NULL, 
	polls INTEGER NOT NULL, 
	PRIMARY KEY (span_seconds, number, source, fault)
)
 WITHOUT ROWID

;
CREATE TABLE notice (
	pk INTEGER NOT NULL, 
	kind VARCHAR(24) NOT NULL, 
	subject VARCHAR(64) NOT NULL, 
	began_unix BIGINT NOT NULL, 
	ended_unix BIGINT, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (pk)
);
CREATE INDEX entry_with_text ON entry (published_unix) WHERE purged_unix IS NULL;
CREATE TABLE event_words (
	pk INTEGER NOT NULL, 
	published_unix BIGINT NOT NULL, 
	form INTEGER NOT NULL, 
	stems BLOB NOT NULL, 
	in_title BLOB NOT NULL, 
	in_lead BLOB NOT NULL, 
	PRIMARY KEY (pk)
);
CREATE INDEX event_words_by_time ON event_words (published_unix);
CREATE TABLE changes_taken (
	pk INTEGER NOT NULL, 
	times BIGINT NOT NULL, 
	PRIMARY KEY (pk)
);
CREATE TABLE event_step (
	a INTEGER NOT NULL, 
	b INTEGER NOT NULL, 
	score FLOAT NOT NULL, 
	is_one_paper BOOLEAN NOT NULL, 
	PRIMARY KEY (a, b)
)
 WITHOUT ROWID

;
CREATE INDEX event_step_by_b ON event_step (b);
CREATE TABLE event_member (
	pk INTEGER NOT NULL, 
	event INTEGER NOT NULL, 
	PRIMARY KEY (pk)
);
CREATE INDEX event_member_by_event ON event_member (event);
CREATE TABLE full_text (
	source VARCHAR(64) NOT NULL, 
	address TEXT NOT NULL, 
	outcome VARCHAR(16) NOT NULL, 
	reason TEXT NOT NULL, 
	tried_unix BIGINT NOT NULL, 
	tries INTEGER NOT NULL, 
	feed_words VARCHAR(32) NOT NULL, 
	feed_characters INTEGER NOT NULL, 
	article BLOB, 
	PRIMARY KEY (source, address)
);
CREATE INDEX full_text_by_source ON full_text (source, tried_unix, feed_characters);
CREATE INDEX full_text_by_time ON full_text (tried_unix, outcome);
INSERT INTO alembic_version VALUES ('0031');
