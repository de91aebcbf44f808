-- revision: 0002
-- down_revision: 0001
-- depends_on:
-- branch_labels:
-- message: reference data
-- created_at: 2024-10-08 14:14:09+00

-- migrate:up

INSERT INTO countries (code, name) VALUES
    ('AT', 'Austria'),
    ('BE', 'Belgium'),
    ('CH', 'Switzerland'),
    ('DE', 'Germany'),
    ('DK', 'Denmark'),
    ('FR', 'France'),
    ('GB', 'United Kingdom'),
    ('IE', 'Ireland'),
    ('NL', 'Netherlands'),
    ('SE', 'Sweden');

INSERT INTO currencies (code, name, minor_units) VALUES
    ('CHF', 'Swiss franc', 2),
    ('DKK', 'Danish krone', 2),
    ('EUR', 'Euro', 2),
    ('GBP', 'Pound sterling', 2),
    ('SEK', 'Swedish krona', 2);

INSERT INTO languages (code, name) VALUES
    ('da', 'Dansk'),
    ('de', 'Deutsch'),
    ('de-CH', 'Deutsch (Schweiz)'),
    ('en', 'English'),
    ('fr', 'Français'),
    ('nl', 'Nederlands'),
    ('sv', 'Svenska');

INSERT INTO permissions (code, description) VALUES
    ('bookings.read', 'See bookings'),
    ('bookings.write', 'Create, move and cancel bookings'),
    ('customers.read', 'See customers'),
    ('customers.write', 'Create and edit customers'),
    ('rooms.write', 'Edit locations, rooms and equipment'),
    ('services.write', 'Edit services and prices'),
    ('staff.write', 'Edit staff and working hours'),
    ('settings.write', 'Change settings of the organisation');

INSERT INTO feature_flags (code, description, enabled_by_default) VALUES
    ('public_page', 'Public booking page', true),
    ('waiting_list', 'Waiting list for full services', true),
    ('sms', 'Reminders by text message', false),
    ('api', 'Access for other programs', false);

-- migrate:down

DELETE FROM feature_flags WHERE code IN ('public_page', 'waiting_list', 'sms', 'api');
DELETE FROM permissions
 WHERE code IN ('bookings.read', 'bookings.write', 'customers.read', 'customers.write',
                'rooms.write', 'services.write', 'staff.write', 'settings.write');
DELETE FROM languages WHERE code IN ('da', 'de', 'de-CH', 'en', 'fr', 'nl', 'sv');
DELETE FROM currencies WHERE code IN ('CHF', 'DKK', 'EUR', 'GBP', 'SEK');
DELETE FROM countries WHERE code IN ('AT', 'BE', 'CH', 'DE', 'DK', 'FR', 'GB', 'IE', 'NL', 'SE');
