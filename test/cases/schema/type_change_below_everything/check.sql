SELECT id, round(price), round(gross) FROM t;
