CREATE TABLE base (id bigint NOT NULL DEFAULT 2, name text, added date, CONSTRAINT named CHECK (name <> 'x'), CONSTRAINT only_here CHECK (id > 0) NO INHERIT);
CREATE TABLE other_base (id bigint NOT NULL, flag boolean);
CREATE TABLE child (extra integer) INHERITS (base);
CREATE TABLE grandchild (more integer) INHERITS (child);
CREATE TABLE free (id bigint NOT NULL DEFAULT 2, name text, added date, CONSTRAINT named CHECK (name <> 'x')) INHERITS (base);
CREATE TABLE of_both (x integer, id bigint NOT NULL, flag boolean) INHERITS (other_base);
ALTER TABLE child ALTER id DROP DEFAULT;
