CREATE SCHEMA "Schema with "" and '";
CREATE TABLE "Schema with "" and '"."Täble; DROP" ("ID" integer PRIMARY KEY, "select" text, "日本語" integer, "a""b" integer CHECK ("a""b" > 0));
CREATE TYPE "Schema with "" and '"."Enum.Type" AS ENUM ('it''s', '"', '\', 'ü');
