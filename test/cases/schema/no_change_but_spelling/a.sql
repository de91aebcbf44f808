CREATE TABLE t (a int4, b character varying(10) DEFAULT 'x'::text, c decimal(5, 2), d timestamp with time zone, CHECK (a IN (1, 2, 3)), CHECK (a BETWEEN 1 AND 5), CHECK (b LIKE 'x%'));
CREATE VIEW v AS SELECT * FROM t WHERE a = ANY ('{1,2}');
