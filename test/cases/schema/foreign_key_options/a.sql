CREATE TABLE a (x integer, y integer, UNIQUE (x, y));
CREATE TABLE b (x integer, y integer, CONSTRAINT f FOREIGN KEY (x, y) REFERENCES a (x, y) MATCH FULL ON UPDATE CASCADE);
CREATE TABLE c (x integer, y integer, CONSTRAINT f FOREIGN KEY (x, y) REFERENCES a (x, y) ON DELETE SET NULL (y));
CREATE TABLE d (x integer, y integer, CONSTRAINT f FOREIGN KEY (x, y) REFERENCES a (x, y));
