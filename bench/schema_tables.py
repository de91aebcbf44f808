"""The schema that the schema engine is measured on, as DDL and as SQLAlchemy's metadata: tables of ten columns with a primary key, three more
indexes and a foreign key to the table before."""


def ddl(count):
    return "".join(table(i) for i in range(1, count + 1))


def table(i):
    foreign_key = f",\n    CONSTRAINT t{i}_previous_fk FOREIGN KEY (previous_id) REFERENCES public.t{i - 1} (id)" if i > 1 else ""
    return f"""CREATE TABLE public.t{i} (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    previous_id bigint,
    name text NOT NULL,
    email character varying(200),
    amount numeric(12,2) DEFAULT 0 NOT NULL,
    state text DEFAULT 'new'::text NOT NULL,
    tags text[],
    data jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone{foreign_key}
);
CREATE INDEX t{i}_name_ix ON public.t{i} (name);
CREATE INDEX t{i}_previous_ix ON public.t{i} (previous_id);
CREATE UNIQUE INDEX t{i}_email_ix ON public.t{i} (email, created_at);
"""


def metadata(count):
    from sqlalchemy import BigInteger, Column, DateTime, ForeignKeyConstraint, Identity, Index, MetaData, Numeric, String, Table, Text, text
    from sqlalchemy.dialects.postgresql import ARRAY, JSONB
    known = MetaData()
    for i in range(1, count + 1):
        foreign_key = [ForeignKeyConstraint(["previous_id"], [f"t{i - 1}.id"], name=f"t{i}_previous_fk")] if i > 1 else []
        Table(f"t{i}", known,
              Column("id", BigInteger, Identity(always=True), primary_key=True), Column("previous_id", BigInteger),
              Column("name", Text, nullable=False), Column("email", String(200)),
              Column("amount", Numeric(12, 2), server_default="0", nullable=False), Column("state", Text, server_default="new", nullable=False),
              Column("tags", ARRAY(Text)), Column("data", JSONB),
              Column("created_at", DateTime(timezone=True), server_default=text("now()"), nullable=False), Column("updated_at", DateTime(timezone=True)),
              *foreign_key, Index(f"t{i}_name_ix", "name"), Index(f"t{i}_previous_ix", "previous_id"),
              Index(f"t{i}_email_ix", "email", "created_at", unique=True))
    return known
