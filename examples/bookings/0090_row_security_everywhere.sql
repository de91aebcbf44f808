-- revision: 0090
-- down_revision: 0089
-- depends_on:
-- branch_labels:
-- message: row-level security on all tables with a tenant
-- created_at: 2026-08-31 09:56:35+00

-- migrate:up

DO $do$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY[
        'availability_rules', 'booking_series', 'bookings', 'equipment', 'locations',
        'messages', 'packages', 'rooms', 'services', 'slot_holds', 'staff_members', 'waiting_list_entries'
    ] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenant_table);
        EXECUTE format($policy$
            CREATE POLICY %I ON %I
                USING (organisation_id = current_organisation())
                WITH CHECK (organisation_id = current_organisation())
        $policy$, tenant_table || '_tenant', tenant_table);
    END LOOP;
END;
$do$;

-- migrate:down

DO $do$
DECLARE
    tenant_table text;
BEGIN
    FOREACH tenant_table IN ARRAY ARRAY[
        'availability_rules', 'booking_series', 'bookings', 'equipment', 'locations',
        'messages', 'packages', 'rooms', 'services', 'slot_holds', 'staff_members', 'waiting_list_entries'
    ] LOOP
        EXECUTE format('DROP POLICY %I ON %I', tenant_table || '_tenant', tenant_table);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', tenant_table);
    END LOOP;
END;
$do$;
