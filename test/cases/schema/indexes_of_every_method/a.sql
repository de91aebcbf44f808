CREATE TABLE t (a integer, b text, c integer[], d point, e inet);
CREATE INDEX ON t USING hash (b);
CREATE INDEX ON t USING gin (c);
CREATE INDEX ON t USING gist (d);
CREATE INDEX ON t USING spgist (e inet_ops);
CREATE INDEX ON t USING brin (a) WITH (pages_per_range = 8);
CREATE INDEX mixed ON t (a DESC NULLS LAST, lower(b) text_pattern_ops) INCLUDE (e) WHERE a > 0;
