CREATE TYPE mood AS ENUM ('angry', 'sad', 'fine', 'it''s ok', 'happy', 'over the moon');
CREATE TABLE t (id integer PRIMARY KEY, m mood NOT NULL DEFAULT 'sad');
