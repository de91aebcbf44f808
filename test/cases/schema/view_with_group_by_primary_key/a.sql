CREATE TABLE t (id integer PRIMARY KEY, name text, x integer);
CREATE TABLE u (t_id integer);
CREATE VIEW v AS SELECT t.id, t.name, count(*) AS n FROM t JOIN u ON u.t_id = t.id GROUP BY t.id;
