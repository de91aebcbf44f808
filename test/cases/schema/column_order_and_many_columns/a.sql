CREATE TABLE t (a integer, b integer, c integer, d integer);
CREATE TABLE empty_one ();
CREATE TABLE to_empty (x integer);
