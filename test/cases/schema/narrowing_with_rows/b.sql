CREATE TABLE t (id integer PRIMARY KEY, a smallint, b varchar(10), c numeric(5,1), d date, e char(20));
