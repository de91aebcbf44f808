CREATE TABLE public."t" ("a" INTEGER NULL, b VARCHAR(10) DEFAULT 'x', c NUMERIC(5,2), d TIMESTAMPTZ);
ALTER TABLE t ADD CHECK (((a) = ANY (ARRAY[1, 2, 3])));
ALTER TABLE t ADD CHECK (a >= 1 AND a <= 5);
ALTER TABLE t ADD CHECK (b ~~ 'x%');
CREATE VIEW v AS SELECT t.a, t.b, t.c, t.d FROM public.t WHERE t.a = ANY ('{1,2}'::integer[]);
