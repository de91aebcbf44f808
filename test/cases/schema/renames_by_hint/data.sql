INSERT INTO people VALUES (1, 'ann', 30); INSERT INTO uses VALUES ('a', 1);
