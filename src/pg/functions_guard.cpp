// functions_guard.cpp - the function of the event triggers, migrate_record_start and migrate_record_stop.
#include <cstring>

#include "pg/guard.hpp"
#include "pg/record.hpp"

extern "C" {
#include "commands/event_trigger.h"
}

using namespace strata;
using namespace strata::pg;

STRATA_FUNCTION(migrate_guard) {
  if (!CALLED_AS_EVENT_TRIGGER(fcinfo)) throw Error(SqlState{"39P03"}, "migrate.guard() is an event trigger function");
  const auto* data = reinterpret_cast<const EventTriggerData*>(fcinfo->context);
  const DdlEvent event = strcmp(data->event, "ddl_command_start") == 0 ? DdlEvent::start : strcmp(data->event, "sql_drop") == 0 ? DdlEvent::drop : DdlEvent::end;
  watch_ddl({event, data->parsetree, GetCommandTagName(data->tag)});
  return PointerGetDatum(nullptr);
}

STRATA_FUNCTION(migrate_record_start) {
  start_recording(fcinfo->flinfo->fn_oid);
  return 0;
}

STRATA_FUNCTION(migrate_record_stop) {
  const Arguments arguments(fcinfo);
  const auto id = stop_recording(arguments.text(0, "message"), arguments.optional_text(1));
  fcinfo->isnull = !id;
  return id ? datum_of(*id) : 0;
}
