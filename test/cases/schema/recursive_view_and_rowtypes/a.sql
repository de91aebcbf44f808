CREATE TABLE node (id integer PRIMARY KEY, parent integer REFERENCES node, label text);
CREATE RECURSIVE VIEW path (id, depth) AS SELECT id, 0 FROM node WHERE parent IS NULL UNION ALL SELECT n.id, depth + 1 FROM node n JOIN path p ON n.parent = p.id;
CREATE TABLE history (at timestamptz, old_row node, rows node[]);
CREATE FUNCTION children(node) RETURNS SETOF node LANGUAGE sql STABLE AS 'SELECT * FROM public.node WHERE parent = $1.id';
