-- revision: 0002
-- down_revision: 0001
-- message: orders

-- migrate:up
CREATE TABLE orders (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customer ON DELETE RESTRICT,
  state       text NOT NULL DEFAULT 'new'
);

-- migrate:down
DROP TABLE orders;
