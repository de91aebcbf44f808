CREATE TABLE t (id integer, status varchar NOT NULL, other date, CONSTRAINT known CHECK (status IN ('new', 'done', 'lost')));
CREATE INDEX open_ones ON t (id) WHERE status IN ('new', 'late');
CREATE VIEW v AS SELECT id FROM t WHERE status IN ('new', 'done');
CREATE TABLE new_one (status varchar(10) CHECK (status IN ('x', 'y')));
