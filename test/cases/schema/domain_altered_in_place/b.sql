CREATE DOMAIN email AS text DEFAULT 'a@b' NOT NULL CONSTRAINT at CHECK (VALUE LIKE '_%@%') CONSTRAINT short CHECK (length(VALUE) < 100);
CREATE DOMAIN code AS varchar(5);
CREATE DOMAIN late AS integer CONSTRAINT ok CHECK (VALUE > 0);
CREATE TABLE t (e email, c code, l late);
