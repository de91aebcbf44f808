CREATE TABLE t (a integer, b text, c date);
CREATE VIEW added AS SELECT a FROM t;
CREATE VIEW removed AS SELECT a, b FROM t;
CREATE VIEW reordered AS SELECT a, b FROM t;
CREATE VIEW retyped AS SELECT a FROM t;
CREATE VIEW renamed AS SELECT a AS x FROM t;
CREATE VIEW collated AS SELECT b FROM t;
CREATE VIEW on_removed AS SELECT b FROM removed;
CREATE FUNCTION of_view() RETURNS SETOF reordered LANGUAGE sql AS 'SELECT * FROM public.reordered';
