-- revision: 0042
-- down_revision: 0040
-- depends_on:
-- branch_labels:
-- message: hold a slot while the customer decides
-- created_at: 2025-07-21 14:47:51+00

-- migrate:up

create table slot_holds (
    id uuid primary key default gen_random_uuid(),
    organisation_id bigint not null references organisations (id) on delete cascade,
    room_id bigint not null references rooms (id) on delete cascade,
    customer_id bigint references customers (id) on delete cascade,
    slot tstzrange not null,
    expires_at timestamptz not null default now() + interval '15 minutes',
    released boolean not null default false,
    constraint slot_holds_slot_bounded check (not isempty(slot) and not lower_inf(slot) and not upper_inf(slot)),
    constraint slot_holds_one_at_a_time exclude using gist (
        int8range(room_id, room_id, '[]') with &&,
        slot with &&
    ) where (not released)
);

comment on table slot_holds is 'A room kept free for a few minutes during checkout';

create index slot_holds_organisation_id_idx on slot_holds (organisation_id);
create index slot_holds_room_id_idx on slot_holds (room_id);
create index slot_holds_customer_id_idx on slot_holds (customer_id);
create index slot_holds_expires_at_idx on slot_holds (expires_at) where not released;

create function release_expired_holds() returns integer
language plpgsql as $$
declare
    released_holds integer;
begin
    update slot_holds
       set released = true
     where not released
       and expires_at < now();
    get diagnostics released_holds = row_count;
    return released_holds;
end
$$;

-- migrate:down

drop function release_expired_holds();
drop table slot_holds;
