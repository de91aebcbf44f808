-- revision: 0047
-- down_revision: 0045
-- depends_on:
-- branch_labels:
-- message: is a room free?
-- created_at: 2025-09-02 11:44:38+00

-- migrate:up

create function room_is_free(wanted_room bigint, wanted_slot tstzrange) returns boolean
language sql stable
begin atomic
    select not exists (
               select 1
                 from bookings b
                where b.room_id = wanted_room
                  and b.status in ('requested', 'confirmed', 'completed')
                  and tstzrange(b.starts_at, b.ends_at) && wanted_slot
           )
       and not exists (
               select 1
                 from slot_holds h
                where h.room_id = wanted_room
                  and not h.released
                  and h.expires_at > now()
                  and h.slot && wanted_slot
           );
end;

comment on function room_is_free(bigint, tstzrange) is 'No booking and no living hold in the slot';

-- migrate:down

drop function room_is_free(bigint, tstzrange);
