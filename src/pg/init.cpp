// init.cpp - what happens when the server loads the library, and the trigger of the catalog.
#include "pg/catalog.hpp"
#include "pg/settings.hpp"

extern "C" {
#include "commands/trigger.h"

PG_MODULE_MAGIC;
void _PG_init(void);
}

void _PG_init(void) { strata::pg::define_settings(); }

// Fires for changes by pg_restore or by hand as well as for our own.
STRATA_FUNCTION(migrate_touch) {
  if (!CALLED_AS_TRIGGER(fcinfo))
    throw strata::Error(strata::SqlState{"39P01"}, "migrate.touch() is a trigger function");
  strata::pg::write("UPDATE migrate.state SET generation = pg_catalog.gen_random_uuid(), graph = NULL", {});
  return PointerGetDatum(nullptr);
}
