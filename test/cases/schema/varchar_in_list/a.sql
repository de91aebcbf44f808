CREATE TABLE t (id integer, status varchar NOT NULL, CONSTRAINT known CHECK (status IN ('new', 'done')));
CREATE INDEX open_ones ON t (id) WHERE status IN ('new', 'late');
CREATE VIEW v AS SELECT id FROM t WHERE status IN ('new', 'done');
