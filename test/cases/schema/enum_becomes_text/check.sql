SELECT id, c, cs FROM t;
