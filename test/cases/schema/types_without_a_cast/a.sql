CREATE TABLE t (id integer, a text, b boolean, c text, d text DEFAULT '5', e integer DEFAULT 1, f timestamptz, g text[], h varchar(5) DEFAULT 'x');
