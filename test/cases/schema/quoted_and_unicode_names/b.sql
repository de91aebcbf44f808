CREATE SCHEMA "Schema with "" and '";
CREATE TYPE "Schema with "" and '"."Enum.Type" AS ENUM ('it''s', 'new ''one''', '"', '\', 'ü');
CREATE TABLE "Schema with "" and '"."Täble; DROP" ("ID" bigint PRIMARY KEY, "select" text DEFAULT '$$', "日本語" text, "a""b" integer CHECK ("a""b" > 1), "Enum" "Schema with "" and '"."Enum.Type" DEFAULT 'it''s');
COMMENT ON COLUMN "Schema with "" and '"."Täble; DROP"."日本語" IS '日本';
CREATE INDEX "Index %s \ " ON "Schema with "" and '"."Täble; DROP" ("日本語");
CREATE FUNCTION "Schema with "" and '"."Fün ction"("Arg 1" integer, "Schema with "" and '"."Enum.Type") RETURNS text LANGUAGE sql AS $fn$ SELECT '$$' || $1 || '$body$' $fn$;
CREATE VIEW "Schema with "" and '"."View" AS SELECT "日本語" AS "Col 1" FROM "Schema with "" and '"."Täble; DROP";
GRANT SELECT ON "Schema with "" and '"."View" TO "Röle";
CREATE POLICY "Pol icy" ON "Schema with "" and '"."Täble; DROP" TO "Röle" USING ("ID" > 0);
