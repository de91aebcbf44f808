CREATE TABLE t (a integer NOT NULL, b integer NOT NULL, c integer);
CREATE UNIQUE INDEX same_name ON t (a);
CREATE UNIQUE INDEX t_b ON t (b);
ALTER TABLE t ADD CONSTRAINT uc UNIQUE (c);
