#include "pg/value.hpp"

#include "pg/encoding.hpp"

extern "C" {
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
}

namespace strata::pg {
namespace {

struct Elements {
  Datum* values;
  bool* nulls;
  int count;
  int dimensions;
};

Elements elements_of(Datum array) {
  ArrayType* detoasted = DatumGetArrayTypeP(array);
  Elements elements{nullptr, nullptr, 0, ARR_NDIM(detoasted)};
  deconstruct_array(detoasted, TEXTOID, -1, false, TYPALIGN_INT, &elements.values, &elements.nulls, &elements.count);
  return elements;
}

text* detoast(Datum datum) { return DatumGetTextPP(datum); }

ArrayType* array_of(Datum* values, int count) { return construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT); }

struct BrokenDown {
  pg_tm time;
  fsec_t microseconds;
};

// Without a zone asked for, timestamp2tm breaks down to UTC.
BrokenDown break_down(TimestampTz time) {
  BrokenDown parts{};
  (void)timestamp2tm(time, nullptr, &parts.time, &parts.microseconds, nullptr, nullptr);
  return parts;
}

Error null_argument(const char* name) {
  return Error(SqlState{"22004"}, fmt::format("argument \"{}\" must not be null", name))
      .with_hint("Pass a value; a variable that is not set is the usual reason.");
}

}  // namespace

std::string text_of(Datum datum) {
  const text* value = call(detoast, datum);
  return to_utf8({VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)});
}

Texts texts_of(Datum array, const char* name) {
  const Elements elements = call(elements_of, array);
  if (elements.dimensions > 1)
    throw Error(SqlState{"2202E"}, fmt::format("\"{}\" must be a one-dimensional array", name))
        .with_hint("Write it as ARRAY['...', '...'].");
  Texts texts;
  texts.reserve(elements.count);
  for (int i = 0; i < elements.count; i++) {
    if (elements.nulls[i]) throw Error(SqlState{"22004"}, fmt::format("\"{}\" must not contain null", name)).with_hint("Leave the null elements out.");
    texts.push_back(text_of(elements.values[i]));
  }
  return texts;
}

Datum datum_of(std::string_view utf8) {
  const std::string text = to_server(utf8);
  return PointerGetDatum(call(cstring_to_text_with_len, text.data(), static_cast<int>(text.size())));
}

Datum datum_of(const Texts& texts) {
  std::vector<Datum> values;
  values.reserve(texts.size());
  for (const std::string& text : texts) values.push_back(datum_of(text));
  return PointerGetDatum(call(array_of, values.data(), static_cast<int>(values.size())));
}

std::string without_final_newline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

std::string bytes_of(Datum datum) {
  const text* value = call(detoast, datum);
  return {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};
}

Datum bytes_datum(std::string_view bytes) {
  return PointerGetDatum(call(cstring_to_text_with_len, bytes.data(), static_cast<int>(bytes.size())));
}

std::string timestamp_text(TimestampTz time) {
  if (TIMESTAMP_NOT_FINITE(time)) return TIMESTAMP_IS_NOBEGIN(time) ? "-infinity" : "infinity";
  const auto [tm, microseconds] = call(break_down, time);
  std::string text = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", tm.tm_year > 0 ? tm.tm_year : 1 - tm.tm_year, tm.tm_mon, tm.tm_mday,
                                 tm.tm_hour, tm.tm_min, tm.tm_sec);
  if (microseconds != 0) text += fmt::format(".{:06}", microseconds);
  return text + (tm.tm_year > 0 ? "+00" : "+00 BC");
}

std::string Arguments::text(int position, const char* name) const {
  if (!has(position)) throw null_argument(name);
  return text_of(fcinfo_->args[position].value);
}

std::optional<std::string> Arguments::optional_text(int position) const {
  if (!has(position)) return std::nullopt;
  return text_of(fcinfo_->args[position].value);
}

Texts Arguments::texts(int position, const char* name) const {
  if (!has(position)) throw null_argument(name);
  return texts_of(fcinfo_->args[position].value, name);
}

bool Arguments::flag(int position, const char* name) const {
  if (!has(position)) throw null_argument(name);
  return DatumGetBool(fcinfo_->args[position].value);
}

Value value(std::string_view text) { return datum_of(text); }
Value value(const char* text) { return datum_of(std::string_view(text)); }
Value value(const std::string& text) { return datum_of(std::string_view(text)); }
Value value(const std::optional<std::string>& text) { return text ? value(*text) : Value(); }
Value value(const Texts& texts) { return datum_of(texts); }
Value value(bool flag) { return BoolGetDatum(flag); }
Value value(int number) { return Int32GetDatum(number); }

namespace {

Datum parse_value(const char* text, Oid type) {
  Oid function, parameter;
  getTypeInputInfo(type, &function, &parameter);
  return OidInputFunctionCall(function, const_cast<char*>(text), parameter, -1);
}

}  // namespace

Value parsed_value(const std::optional<std::string>& text, Oid type) { return text ? Value(call(parse_value, text->c_str(), type)) : Value(); }

Value interval_value(std::int64_t microseconds) {
  auto* interval = static_cast<Interval*>(call(palloc0, sizeof(Interval)));
  interval->time = microseconds;
  return IntervalPGetDatum(interval);
}

Rows::Rows(FunctionCallInfo fcinfo) {
  auto* result = reinterpret_cast<ReturnSetInfo*>(fcinfo->resultinfo);
  if (!result || !IsA(result, ReturnSetInfo))
    throw Error(SqlState{"0A000"}, "set-valued function called in context that cannot accept a set");
  // A SETOF of a plain type needs no row type from the caller.
  const bool one_column = call(get_call_result_type, fcinfo, static_cast<Oid*>(nullptr), static_cast<TupleDesc*>(nullptr)) == TYPEFUNC_SCALAR;
  call(InitMaterializedSRF, fcinfo, static_cast<bits32>(one_column ? MAT_SRF_USE_EXPECTED_DESC : 0));
  store_ = result->setResult;
  columns_ = result->setDesc;
}

void Rows::add(std::initializer_list<Value> values) {
  std::vector<Datum> datums;
  std::vector<char> nulls;
  for (const Value& value : values) {
    datums.push_back(value.datum);
    nulls.push_back(value.is_null);
  }
  call(tuplestore_putvalues, store_, columns_, datums.data(), reinterpret_cast<bool*>(nulls.data()));
}

}  // namespace strata::pg
