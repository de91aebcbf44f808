CREATE TABLE base (id integer, x text);
CREATE TABLE middle (id integer, x text);
CREATE VIEW top AS SELECT x FROM middle;
CREATE VIEW m AS SELECT 1 AS one;
CREATE VIEW on_m AS SELECT one FROM m;
