CREATE TABLE t (id integer, c text DEFAULT 'red', cs text[]);
CREATE INDEX ON t (c);
