CREATE TABLE t (a integer, b integer, CONSTRAINT one CHECK (b > 0), CONSTRAINT two CHECK (a > 0), CONSTRAINT four CHECK (a IS NOT NULL));
CREATE TABLE u (a integer, CONSTRAINT a_there CHECK (a IS NOT NULL));
