INSERT INTO t (id, l, many) VALUES (1, 'low', '{low}');
