CREATE TABLE t (a bigint, b varchar(100), c bigint[], d point, e cidr);
CREATE INDEX ON t USING btree (b);
CREATE INDEX ON t USING gin (c) WHERE c <> '{}';
CREATE INDEX ON t USING spgist (d);
CREATE INDEX ON t USING gist (e inet_ops);
CREATE INDEX ON t USING brin (a int8_bloom_ops (n_distinct_per_range = 100)) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX mixed ON t (a NULLS FIRST, lower(b)) INCLUDE (e, d);
