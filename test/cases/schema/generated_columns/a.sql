CREATE TABLE t (a integer, b integer, plain integer DEFAULT 5, gen integer GENERATED ALWAYS AS (a + b) STORED, other integer GENERATED ALWAYS AS (a * 2) STORED);
CREATE INDEX i ON t (gen);
CREATE VIEW v AS SELECT gen FROM t;
