CREATE TABLE ref (id integer PRIMARY KEY);
CREATE TABLE t (id integer NOT NULL, at date NOT NULL, r integer REFERENCES ref, PRIMARY KEY (id, at));
CREATE INDEX t_at ON t (at);
CREATE VIEW v AS SELECT id FROM t;
CREATE TABLE child (id integer, at date, FOREIGN KEY (id, at) REFERENCES t);
