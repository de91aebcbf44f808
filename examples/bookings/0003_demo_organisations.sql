-- revision: 0003
-- down_revision: 0002
-- depends_on:
-- branch_labels:
-- message: demo organisations
-- created_at: 2024-10-11 09:11:09+00

-- migrate:up

-- Three tenants for demonstrations and tests: a music school, a clinic, a village hall.
-- Later revisions backfill these rows, so every backfill has something to do.

INSERT INTO organisations (slug, name, country_code, currency_code, language_code, timezone) VALUES
    ('riverside-music', 'Riverside Music School', 'GB', 'GBP', 'en', 'Europe/London'),
    ('hafen-physio', 'Physiotherapie am Hafen', 'DE', 'EUR', 'de', 'Europe/Berlin'),
    ('mill-lane-hall', 'Mill Lane Village Hall', 'IE', 'EUR', 'en', 'Europe/Dublin');

INSERT INTO roles (organisation_id, name, is_builtin)
SELECT o.id, r.name, true
  FROM organisations o
 CROSS JOIN (VALUES ('owner'), ('front desk'), ('viewer')) AS r (name);

INSERT INTO role_permissions (role_id, permission_code)
SELECT r.id, p.code
  FROM roles r
  JOIN permissions p
    ON r.name = 'owner'
    OR (r.name = 'front desk' AND p.code IN ('bookings.read', 'bookings.write', 'customers.read', 'customers.write'))
    OR (r.name = 'viewer' AND p.code LIKE '%.read');

INSERT INTO users (email, display_name, language_code, personal_phone) VALUES
    ('Ada.Finch@riverside.example', 'Ada Finch', 'en', '+44 20 7946 0001'),
    ('tom@riverside.example', 'Tom Okafor', 'en', NULL),
    ('j.brandt@hafen.example', 'Jule Brandt', 'de', '+49 30 23125 001'),
    ('office@milllane.example', 'Maeve Doyle', 'en', NULL);

INSERT INTO memberships (organisation_id, user_id, role_id)
SELECT o.id, u.id, r.id
  FROM (VALUES ('riverside-music', 'Ada.Finch@riverside.example', 'owner'),
               ('riverside-music', 'tom@riverside.example', 'front desk'),
               ('hafen-physio', 'j.brandt@hafen.example', 'owner'),
               ('mill-lane-hall', 'office@milllane.example', 'owner')) AS m (slug, email, role)
  JOIN organisations o ON o.slug = m.slug
  JOIN users u ON u.email = m.email
  JOIN roles r ON r.organisation_id = o.id AND r.name = m.role;

INSERT INTO invitations (organisation_id, role_id, invited_by, email, created_at)
SELECT r.organisation_id, r.id, m.user_id, 'luis@riverside.example', '2024-10-03 09:00:00+00'
  FROM organisations o
  JOIN roles r ON r.organisation_id = o.id AND r.name = 'viewer'
  JOIN memberships m ON m.organisation_id = o.id
  JOIN users u ON u.id = m.user_id AND u.display_name = 'Ada Finch'
 WHERE o.slug = 'riverside-music';

INSERT INTO api_keys (organisation_id, label, key_hash)
SELECT id, 'Website', sha256('not a real key')
  FROM organisations
 WHERE slug = 'mill-lane-hall';

INSERT INTO locations (organisation_id, name, address_line, postal_code, city, country_code)
SELECT o.id, l.name, l.address_line, l.postal_code, l.city, o.country_code
  FROM (VALUES ('riverside-music', 'Riverside House', '1 Wharf Road', 'N1 7RW', 'London'),
               ('hafen-physio', 'Praxis Hafen', 'Kaistraße 4', '40221', 'Düsseldorf'),
               ('mill-lane-hall', 'Village Hall', 'Mill Lane', 'H91 E2R5', 'Galway')) AS l (slug, name, address_line, postal_code, city)
  JOIN organisations o ON o.slug = l.slug;

INSERT INTO location_hours (location_id, weekday, opens_at, closes_at)
SELECT l.id, d.weekday, '08:00', '20:00'
  FROM locations l
 CROSS JOIN generate_series(1, 5) AS d (weekday);

INSERT INTO room_types (organisation_id, name, colour)
SELECT o.id, t.name, t.colour
  FROM (VALUES ('riverside-music', 'Practice room', '#3a86ff'),
               ('riverside-music', 'Hall', '#8338ec'),
               ('hafen-physio', 'Behandlungsraum', '#06d6a0'),
               ('mill-lane-hall', 'Hall', 'orange')) AS t (slug, name, colour)
  JOIN organisations o ON o.slug = t.slug;

INSERT INTO rooms (organisation_id, location_id, room_type_id, name, capacity, is_active)
SELECT o.id, l.id, t.id, r.name, r.capacity, r.is_active
  FROM (VALUES ('riverside-music', 'Practice room', 'Room A', 3, true),
               ('riverside-music', 'Practice room', 'Room B', 2, true),
               ('riverside-music', 'Practice room', 'Cellar', 2, false),
               ('riverside-music', 'Hall', 'Recital Hall', 80, true),
               ('hafen-physio', 'Behandlungsraum', 'Raum 1', 2, true),
               ('hafen-physio', 'Behandlungsraum', 'Raum 2', 2, true),
               ('mill-lane-hall', 'Hall', 'Main Hall', 120, true)) AS r (slug, type, name, capacity, is_active)
  JOIN organisations o ON o.slug = r.slug
  JOIN locations l ON l.organisation_id = o.id
  JOIN room_types t ON t.organisation_id = o.id AND t.name = r.type;

INSERT INTO amenities (organisation_id, code, name)
SELECT o.id, a.code, a.name
  FROM (VALUES ('riverside-music', 'piano', 'Upright piano'),
               ('riverside-music', 'drums', 'Drum kit'),
               ('mill-lane-hall', 'stage', 'Stage'),
               ('mill-lane-hall', 'kitchen', 'Kitchen')) AS a (slug, code, name)
  JOIN organisations o ON o.slug = a.slug;

INSERT INTO room_amenities (room_id, amenity_id)
SELECT r.id, a.id
  FROM (VALUES ('Room A', 'piano'), ('Room B', 'piano'), ('Room B', 'drums'),
               ('Main Hall', 'stage'), ('Main Hall', 'kitchen')) AS ra (room, amenity)
  JOIN rooms r ON r.name = ra.room
  JOIN amenities a ON a.organisation_id = r.organisation_id AND a.code = ra.amenity;

INSERT INTO equipment (organisation_id, location_id, label, serial_number, quantity)
SELECT l.organisation_id, l.id, e.label, e.serial_number, e.quantity
  FROM (VALUES ('Riverside House', 'Music stand', NULL, 12),
               ('Riverside House', 'Digital piano', 'DP-22817', 1),
               ('Village Hall', 'Folding table', NULL, 20)) AS e (location, label, serial_number, quantity)
  JOIN locations l ON l.name = e.location;

INSERT INTO staff_members (organisation_id, user_id, location_id, name, job_title, colour)
SELECT o.id, u.id, l.id, s.name, s.job_title, s.colour
  FROM (VALUES ('riverside-music', 'Ada.Finch@riverside.example', 'Ada Finch', 'Piano teacher', '#FF006E'),
               ('riverside-music', NULL, 'Luis Ortega', 'Guitar teacher', 'teal'),
               ('hafen-physio', 'j.brandt@hafen.example', 'Jule Brandt', 'Physiotherapeutin', '#118ab2')) AS s (slug, email, name, job_title, colour)
  JOIN organisations o ON o.slug = s.slug
  JOIN locations l ON l.organisation_id = o.id
  LEFT JOIN users u ON u.email = s.email;

INSERT INTO staff_hours (staff_member_id, weekday, starts_at, ends_at)
SELECT s.id, d.weekday, h.starts_at, h.ends_at
  FROM staff_members s
 CROSS JOIN generate_series(1, 5) AS d (weekday)
 CROSS JOIN (VALUES (time '09:00', time '12:30'), (time '13:30', time '18:00')) AS h (starts_at, ends_at);

INSERT INTO staff_absences (staff_member_id, first_day, last_day, reason)
SELECT id, '2024-12-23', '2025-01-03', 'Winter break'
  FROM staff_members;

INSERT INTO services (organisation_id, name, duration_minutes, max_participants)
SELECT o.id, s.name, s.duration_minutes, s.max_participants
  FROM (VALUES ('riverside-music', 'Piano lesson', 45, 1),
               ('riverside-music', 'Guitar group', 60, 4),
               ('hafen-physio', 'Erstbefund', 40, 1),
               ('hafen-physio', 'Behandlung', 20, 1),
               ('mill-lane-hall', 'Hall hire, one hour', 60, 120)) AS s (slug, name, duration_minutes, max_participants)
  JOIN organisations o ON o.slug = s.slug;

INSERT INTO service_staff (service_id, staff_member_id)
SELECT s.id, m.id
  FROM services s
  JOIN staff_members m ON m.organisation_id = s.organisation_id;

INSERT INTO service_rooms (service_id, room_id)
SELECT s.id, r.id
  FROM services s
  JOIN rooms r ON r.organisation_id = s.organisation_id AND r.capacity >= s.max_participants;

INSERT INTO price_lists (organisation_id, name, currency_code)
SELECT id, 'Standard', currency_code
  FROM organisations;

INSERT INTO prices (price_list_id, service_id, amount)
SELECT p.id, s.id, s.duration_minutes * 80
  FROM services s
  JOIN price_lists p ON p.organisation_id = s.organisation_id;

INSERT INTO customers (organisation_id, name, email, phone, date_of_birth, national_id_number,
                       address_line, postal_code, city, country_code)
SELECT o.id, c.name, c.email, c.phone, c.date_of_birth::date, c.national_id, c.address_line, c.postal_code, c.city, c.country
  FROM (VALUES ('riverside-music', 'Nora Whitfield', 'nora@post.example', '+44 20 7946 0101', '2012-04-09', 'QQ123456A', '14 Basin Street', 'N1 2AB', 'London', 'GB'),
               ('riverside-music', 'Samir van der Berg', 'samir@post.example', NULL, '1988-11-30', NULL, NULL, NULL, NULL, NULL),
               ('riverside-music', 'Cher', NULL, '+44 20 7946 0103', NULL, NULL, NULL, NULL, NULL, NULL),
               ('hafen-physio', 'Karl Petersen', 'karl@post.example', '+49 30 23125 101', '1961-02-17', 'L01X00T47', 'Deichweg 9', '40219', 'Düsseldorf', 'DE'),
               ('hafen-physio', 'Elif Aydin', 'elif@post.example', NULL, '1995-07-01', NULL, 'Hafenring 31', '40221', 'Düsseldorf', 'DE'),
               ('mill-lane-hall', 'Galway Folk Dancers', 'dance@post.example', NULL, NULL, NULL, 'Quay Street', 'H91 X0N1', 'Galway', 'IE'))
       AS c (slug, name, email, phone, date_of_birth, national_id, address_line, postal_code, city, country)
  JOIN organisations o ON o.slug = c.slug;

INSERT INTO customer_contacts (customer_id, name, relation, phone)
SELECT id, 'Grace Whitfield', 'parent', '+44 20 7946 0102'
  FROM customers
 WHERE name = 'Nora Whitfield';

INSERT INTO customer_notes (organisation_id, customer_id, body)
SELECT organisation_id, id, 'IMPORTANT: allergic to latex'
  FROM customers
 WHERE name = 'Karl Petersen'
UNION ALL
SELECT organisation_id, id, 'Prefers afternoons'
  FROM customers
 WHERE name = 'Nora Whitfield';

INSERT INTO customer_consents (customer_id, purpose, granted_at)
SELECT id, 'newsletter', '2024-10-01 12:00:00+00'
  FROM customers
 WHERE email IS NOT NULL;

INSERT INTO cancellation_reasons (organisation_id, name, is_chargeable)
SELECT o.id, r.name, r.is_chargeable
  FROM organisations o
 CROSS JOIN (VALUES ('Illness', false), ('Late cancellation', true)) AS r (name, is_chargeable);

INSERT INTO bookings (organisation_id, customer_id, service_id, room_id, staff_member_id,
                      starts_at, ends_at, status, participants, price)
SELECT c.organisation_id, c.id, s.id, r.id, m.id,
       b.starts_at, b.starts_at + make_interval(mins => s.duration_minutes), b.status, b.participants, p.amount
  FROM (VALUES ('Nora Whitfield', 'Piano lesson', 'Room A', 'Ada Finch', timestamptz '2024-10-14 15:00+00', 'completed', 1),
               ('Nora Whitfield', 'Piano lesson', 'Room A', 'Ada Finch', timestamptz '2024-10-21 15:00+00', 'completed', 1),
               ('Nora Whitfield', 'Piano lesson', 'Room A', 'Ada Finch', timestamptz '2024-10-28 15:00+00', 'cancelled', 1),
               ('Samir van der Berg', 'Guitar group', 'Recital Hall', 'Luis Ortega', timestamptz '2024-10-15 18:00+00', 'completed', 4),
               ('Samir van der Berg', 'Guitar group', 'Recital Hall', 'Luis Ortega', timestamptz '2024-10-22 17:00+00', 'no_show', 4),
               ('Cher', 'Piano lesson', 'Room B', 'Ada Finch', timestamptz '2024-11-04 10:00+00', 'confirmed', 1),
               ('Karl Petersen', 'Erstbefund', 'Raum 1', 'Jule Brandt', timestamptz '2024-10-16 08:00+00', 'completed', 1),
               ('Karl Petersen', 'Behandlung', 'Raum 1', 'Jule Brandt', timestamptz '2024-10-23 08:00+00', 'completed', 1),
               ('Elif Aydin', 'Erstbefund', 'Raum 2', 'Jule Brandt', timestamptz '2024-11-05 09:00+00', 'requested', 1),
               ('Galway Folk Dancers', 'Hall hire, one hour', 'Main Hall', NULL, timestamptz '2024-10-19 19:00+00', 'completed', 40))
       AS b (customer, service, room, staff, starts_at, status, participants)
  JOIN customers c ON c.name = b.customer
  JOIN services s ON s.organisation_id = c.organisation_id AND s.name = b.service
  JOIN rooms r ON r.organisation_id = c.organisation_id AND r.name = b.room
  JOIN prices p ON p.service_id = s.id
  LEFT JOIN staff_members m ON m.organisation_id = c.organisation_id AND m.name = b.staff;

INSERT INTO waiting_list_entries (organisation_id, customer_id, service_id, wanted_from, wanted_to)
SELECT c.organisation_id, c.id, s.id, '2024-11-01', '2024-11-30'
  FROM customers c
  JOIN services s ON s.organisation_id = c.organisation_id AND s.name = 'Guitar group'
 WHERE c.name = 'Cher';

INSERT INTO message_templates (organisation_id, language_code, code, subject, body)
SELECT id, language_code, 'booking_confirmed', 'Your booking', 'We look forward to seeing you at {{starts_at}}.'
  FROM organisations;

INSERT INTO messages (organisation_id, booking_id, template_id, recipient, body, sent_at)
SELECT b.organisation_id, b.id, t.id, c.email, 'We look forward to seeing you.', b.starts_at - interval '2 days'
  FROM bookings b
  JOIN customers c ON c.id = b.customer_id
  JOIN message_templates t ON t.organisation_id = b.organisation_id
 WHERE c.email IS NOT NULL;

INSERT INTO audit_log (organisation_id, action, detail, occurred_at)
SELECT id, 'organisation.created', jsonb_build_object('slug', slug), '2024-10-01 12:00:00+00'
  FROM organisations;

-- migrate:down

DELETE FROM bookings
 USING organisations o
 WHERE o.id = organisation_id
   AND o.slug IN ('riverside-music', 'hafen-physio', 'mill-lane-hall');

DELETE FROM memberships
 USING organisations o
 WHERE o.id = organisation_id
   AND o.slug IN ('riverside-music', 'hafen-physio', 'mill-lane-hall');

DELETE FROM organisations
 WHERE slug IN ('riverside-music', 'hafen-physio', 'mill-lane-hall');

DELETE FROM users
 WHERE email IN ('Ada.Finch@riverside.example', 'tom@riverside.example',
                 'j.brandt@hafen.example', 'office@milllane.example');
