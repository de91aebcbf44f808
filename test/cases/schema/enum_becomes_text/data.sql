INSERT INTO t VALUES (1, 'green', '{red,green}');
