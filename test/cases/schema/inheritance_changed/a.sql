CREATE TABLE base (id integer NOT NULL DEFAULT 1, name text, CONSTRAINT named CHECK (name <> ''));
CREATE TABLE other_base (id integer NOT NULL, flag boolean);
CREATE TABLE child (extra integer) INHERITS (base);
CREATE TABLE grandchild (more integer) INHERITS (child);
CREATE TABLE free (id integer NOT NULL, name text, CONSTRAINT named CHECK (name <> ''));
CREATE TABLE of_both (x integer, id integer NOT NULL DEFAULT 1, name text, flag boolean, CONSTRAINT named CHECK (name <> '')) INHERITS (base, other_base);
ALTER TABLE child ALTER id SET DEFAULT 5;
