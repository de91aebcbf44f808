CREATE TABLE t (a int4range, b int8multirange, c regclass DEFAULT 'pg_class', d "char", e name, f xid8, g bit(3), h interval second(2), i time(3) with time zone, j oid, k tsquery, l money, m xml);
