CREATE TABLE t (a integer, b integer);
CREATE VIEW v1 AS SELECT a FROM t WHERE a > 0 WITH CASCADED CHECK OPTION;
CREATE VIEW v2 AS SELECT a FROM t;
CREATE VIEW v3 WITH (security_barrier = false, security_invoker = on) AS SELECT a FROM t;
CREATE VIEW v4 WITH (security_invoker) AS SELECT a, b FROM t WHERE a > 1 WITH CHECK OPTION;
