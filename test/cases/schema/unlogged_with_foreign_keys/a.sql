CREATE TABLE a (id integer PRIMARY KEY);
CREATE TABLE b (id integer REFERENCES a, x serial);
