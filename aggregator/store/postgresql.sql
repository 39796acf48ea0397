-- An index's row has 2,704 bytes at most, and ids, addresses, excerpts and paths may be longer: of
-- one over 500 bytes the index has a hash (``sql.key_of``). Most addresses have 100 to 200, so that
-- few are hashed. None of PostgreSQL's own functions hashes a text for an index, as what its bytes
-- are depends on the database: here they are always UTF-8.
CREATE FUNCTION hash_of_long(long_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT encode(sha256(convert_to(long_text, 'UTF8')), 'hex')
$$;
ALTER TABLE entry DROP CONSTRAINT entry_id_key;
CREATE UNIQUE INDEX entry_by_id ON entry (
  (CASE WHEN octet_length(id) <= 500 THEN id ELSE hash_of_long(id) END));
DROP INDEX entry_by_time;
CREATE INDEX entry_by_time ON entry (published_unix, position);
ALTER TABLE alias DROP CONSTRAINT alias_pkey;
CREATE UNIQUE INDEX alias_by_key ON alias (
  kind, (CASE WHEN octet_length(value) <= 500 THEN value ELSE hash_of_long(value) END), source);
ALTER TABLE rejected DROP CONSTRAINT rejected_pkey;
CREATE UNIQUE INDEX rejected_by_key ON rejected (
  source, reason,
  (CASE WHEN octet_length(excerpt) <= 500 THEN excerpt ELSE hash_of_long(excerpt) END));
ALTER TABLE dump_file DROP CONSTRAINT dump_file_pkey;
CREATE UNIQUE INDEX dump_file_by_key ON dump_file (
  source, (CASE WHEN octet_length(path) <= 500 THEN path ELSE hash_of_long(path) END));
ALTER TABLE full_text DROP CONSTRAINT full_text_pkey;
CREATE UNIQUE INDEX full_text_by_key ON full_text (
  source, (CASE WHEN octet_length(address) <= 500 THEN address ELSE hash_of_long(address) END));

-- What tells the program of a change, as the triggers of an SQLite store do (made.sql), whoever
-- makes the change.
CREATE FUNCTION note_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO changed (pk) VALUES (COALESCE(NEW.pk, OLD.pk)) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER entry_added AFTER INSERT ON entry FOR EACH ROW
  WHEN (NEW.characters IS NOT NULL) EXECUTE FUNCTION note_changed();
CREATE TRIGGER entry_changed AFTER UPDATE OF id, source, story, language, published_unix,
  updated_unix, date_how, position, content_key, characters, is_backlog, purged_unix ON entry
  FOR EACH ROW EXECUTE FUNCTION note_changed();
CREATE TRIGGER entry_deleted AFTER DELETE ON entry FOR EACH ROW EXECUTE FUNCTION note_changed();
CREATE TRIGGER entry_text_changed AFTER UPDATE ON entry_text FOR EACH ROW
  EXECUTE FUNCTION note_changed();
CREATE TRIGGER entry_text_deleted AFTER DELETE ON entry_text FOR EACH ROW
  EXECUTE FUNCTION note_changed();

CREATE FUNCTION forget_event_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM event_words WHERE pk = OLD.pk;
  RETURN NULL;
END $$;
CREATE TRIGGER event_words_outdated AFTER UPDATE OF pk, title, texts ON entry_text FOR EACH ROW
  EXECUTE FUNCTION forget_event_words();
CREATE TRIGGER event_words_deleted AFTER DELETE ON entry_text FOR EACH ROW
  EXECUTE FUNCTION forget_event_words();

-- What waits for the index for searching, and what is to leave it as it was indexed.
CREATE FUNCTION search_text_comes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_waiting (pk) VALUES (NEW.pk) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE FUNCTION search_text_goes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_outdated (pk, published_unix, title, texts)
    SELECT OLD.pk, published_unix, OLD.title, OLD.texts FROM entry
    WHERE pk = OLD.pk AND NOT EXISTS (SELECT FROM search_waiting WHERE pk = OLD.pk);
  IF TG_OP = 'DELETE' THEN
    DELETE FROM search_waiting WHERE pk = OLD.pk;
  ELSE
    INSERT INTO search_waiting (pk) VALUES (NEW.pk) ON CONFLICT DO NOTHING;
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION search_text_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO search_outdated (pk, published_unix, title, texts)
    SELECT pk, OLD.published_unix, title, texts FROM entry_text
    WHERE pk = OLD.pk AND NOT EXISTS (SELECT FROM search_waiting WHERE pk = OLD.pk);
  INSERT INTO search_waiting (pk) SELECT pk FROM entry_text WHERE pk = OLD.pk
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE FUNCTION search_is_lost() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM search_state;
  RETURN NULL;
END $$;
CREATE TRIGGER search_added AFTER INSERT ON entry_text FOR EACH ROW
  EXECUTE FUNCTION search_text_comes();
CREATE TRIGGER search_changed AFTER UPDATE OF pk, title, texts ON entry_text FOR EACH ROW
  WHEN (OLD.pk <> NEW.pk OR OLD.title <> NEW.title OR OLD.texts <> NEW.texts)
  EXECUTE FUNCTION search_text_goes();
CREATE TRIGGER search_deleted AFTER DELETE ON entry_text FOR EACH ROW
  EXECUTE FUNCTION search_text_goes();
CREATE TRIGGER search_moved AFTER UPDATE OF published_unix ON entry FOR EACH ROW
  WHEN (OLD.published_unix <> NEW.published_unix) EXECUTE FUNCTION search_text_moves();
CREATE TRIGGER search_lost AFTER DELETE ON entry FOR EACH ROW EXECUTE FUNCTION search_is_lost();

-- What workers share; nothing of it is worth keeping, and a store that is copied goes without. Times
-- are those of the database's clock. Which hosts are being asked, by which worker's job, and until
-- when others leave them alone, and when each host may next be asked.
CREATE TABLE claim (
  host text COLLATE "C" PRIMARY KEY,
  by text NOT NULL,
  until timestamptz NOT NULL
);
CREATE TABLE host_turn (
  host text COLLATE "C" PRIMARY KEY,
  next timestamptz NOT NULL DEFAULT 'epoch',
  rests_until timestamptz NOT NULL DEFAULT 'epoch'
);

-- What each source announced last of hubs to whichever worker asked it: one worker subscribes for all.
-- A source without a hub has an empty one.
CREATE TABLE announced_hub (
  source text COLLATE "C" PRIMARY KEY,
  hub text COLLATE "C" NOT NULL,
  topic text COLLATE "C" NOT NULL
);

-- What hubs sent to whichever web server, until whoever leads has stored what it brought. Of what
-- a hub confirmed or denied of a callback the last counts.
CREATE TABLE arrival (
  number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  token text COLLATE "C" NOT NULL,
  kind text NOT NULL,
  arrived timestamptz NOT NULL,
  lease_seconds integer NOT NULL,
  reason text NOT NULL,
  content_type text NOT NULL,
  body bytea NOT NULL,
  tries integer NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX arrival_answer ON arrival (token) WHERE kind <> 'delivery';
-- Whom a callback is of, which a web server is called by (``subscriptions.find``).
CREATE INDEX subscription_by_token ON subscription (substring(callback, '[^/]*$'));

-- The workers, each by a token of its own: who it is, the server's process of its session, and what it
-- was last heard to do (``store.workers``).
CREATE TABLE worker (
  token text COLLATE "C" PRIMARY KEY,
  host text COLLATE "C" NOT NULL,
  pid integer NOT NULL,
  version text NOT NULL,
  session integer NOT NULL,
  started timestamptz NOT NULL,
  heard timestamptz NOT NULL,
  has_ended boolean NOT NULL,
  leads_since timestamptz,
  hosts integer NOT NULL,
  dump text NOT NULL,
  ticks text NOT NULL,
  hangs text NOT NULL DEFAULT '[]'
);

-- The published files of all machines, for their web servers: a copy of the folder of whoever
-- publishes. ``number`` grows with each file that is put or removed, in the order in which that was
-- done, as there is one writer; one that was removed has no body. They are compressed where that
-- gains anything, so that to try it again costs time alone.
CREATE TABLE published_file (
  name text COLLATE "C" PRIMARY KEY,
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  modified_ns bigint NOT NULL,
  digest text COLLATE "C" NOT NULL,
  body bytea
);
ALTER TABLE published_file ALTER body SET STORAGE EXTERNAL;
