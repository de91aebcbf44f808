CREATE TABLE t (a bigint, b integer, c text);
CREATE STATISTICS s1 (ndistinct, mcv) ON a, b FROM t;
CREATE STATISTICS s2 ON (a + b), c FROM t;
CREATE STATISTICS s3 ON a, c FROM t;
CREATE STATISTICS s4 ON (lower(c)) FROM t;
ALTER TABLE t ALTER c SET STATISTICS 0, ALTER a SET (n_distinct = -0.5, n_distinct_inherited = 3);
CREATE INDEX i ON t ((a * b), c);
ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 300;
