CREATE TABLE t (d integer, new_one integer NOT NULL, b integer, a integer NOT NULL DEFAULT 0);
CREATE TABLE empty_one (x integer);
CREATE TABLE to_empty ();
