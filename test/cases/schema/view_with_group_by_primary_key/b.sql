CREATE TABLE t (id bigint PRIMARY KEY, name text, x integer);
CREATE TABLE u (t_id bigint);
CREATE VIEW v AS SELECT t.id, t.name, t.x, count(*) AS n FROM t JOIN u ON u.t_id = t.id GROUP BY t.id;
