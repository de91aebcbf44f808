CREATE TABLE t (a integer, b bigint, plain bigint GENERATED ALWAYS AS (a + 1) STORED, gen bigint GENERATED ALWAYS AS (a - b) STORED, other integer DEFAULT 3);
CREATE INDEX i ON t (gen);
CREATE VIEW v AS SELECT gen FROM t;
