CREATE TABLE t (id bigint PRIMARY KEY, a bigint, b text, c numeric, d timestamptz, e varchar(100));
