CREATE TABLE t (a integer, b integer, c integer, d integer, e integer, CONSTRAINT ua UNIQUE (a), CONSTRAINT ub UNIQUE (b), CONSTRAINT uc UNIQUE (c) INCLUDE (d), CONSTRAINT pk PRIMARY KEY (d));
CREATE UNIQUE INDEX ue ON t (e);
