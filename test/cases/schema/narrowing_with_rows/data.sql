INSERT INTO t VALUES (1, 2, 'three', 4.5, '2020-01-01 00:00Z', 'six');
