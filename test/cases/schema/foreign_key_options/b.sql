CREATE TABLE a (x integer, y integer, UNIQUE (x, y));
CREATE TABLE b (x integer, y integer, CONSTRAINT f FOREIGN KEY (x, y) REFERENCES a (x, y) ON UPDATE CASCADE DEFERRABLE);
CREATE TABLE c (x integer, y integer, CONSTRAINT f FOREIGN KEY (x, y) REFERENCES a (x, y) ON DELETE SET NULL (x, y));
CREATE TABLE d (x integer, y integer, CONSTRAINT f FOREIGN KEY (x, y) REFERENCES a (x, y) DEFERRABLE INITIALLY DEFERRED);
