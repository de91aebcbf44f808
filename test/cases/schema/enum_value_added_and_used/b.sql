CREATE TYPE mood AS ENUM ('sad', 'unknown', 'happy');
CREATE TABLE t (id integer PRIMARY KEY, m mood NOT NULL DEFAULT 'unknown', CONSTRAINT known CHECK (m <> 'unknown'::mood OR id > 0));
CREATE INDEX partial ON t (id) WHERE m = 'unknown';
CREATE VIEW unknowns AS SELECT id FROM t WHERE m = 'unknown';
