INSERT INTO p VALUES (1, 'a'), (3, 'c'), (9, 'z');
