SELECT id, l, many FROM t ORDER BY id;
