#include "pg/encoding.hpp"

#include <algorithm>

#include "pg/boundary.hpp"

extern "C" {
#include "catalog/namespace.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
}

namespace strata::pg {
namespace {

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

bool passes_through() {
  const int encoding = GetDatabaseEncoding();
  return encoding == PG_UTF8 || encoding == PG_SQL_ASCII;
}

using Conversion = char* (*)(const char*, int, int);

// The converters return their input when there was nothing to do.
std::string convert(std::string_view text, Conversion conversion) {
  if (passes_through() || is_ascii(text)) return std::string(text);
  const char* converted = call(conversion, text.data(), static_cast<int>(text.size()), static_cast<int>(PG_UTF8));
  if (converted == text.data()) return std::string(text);
  std::string result(converted);
  call(pfree, const_cast<char*>(converted));
  return result;
}

}  // namespace

std::string to_utf8(std::string_view server_text) { return convert(server_text, pg_server_to_any); }

std::string to_server(std::string_view utf8) { return convert(utf8, pg_any_to_server); }

std::string quoted_identifier(const std::string& name) { return to_utf8(call(quote_identifier, to_server(name).c_str())); }

std::string to_server_lossy(std::string_view utf8) {
  if (passes_through() || is_ascii(utf8)) return std::string(utf8);
  const Oid conversion = call(FindDefaultConversionProc, static_cast<int32>(PG_UTF8), static_cast<int32>(GetDatabaseEncoding()));
  std::string result;
  std::string rest(utf8);
  std::vector<char> buffer(rest.size() * MAX_CONVERSION_GROWTH + 1);
  while (!rest.empty()) {
    // It stops at the first character that it cannot convert.
    const int done = OidIsValid(conversion) ? call(pg_do_encoding_conversion_buf, conversion, static_cast<int>(PG_UTF8), GetDatabaseEncoding(),
                                                   reinterpret_cast<unsigned char*>(rest.data()), static_cast<int>(rest.size()),
                                                   reinterpret_cast<unsigned char*>(buffer.data()), static_cast<int>(buffer.size()), true)
                                            : 0;
    if (done > 0) result += buffer.data();
    rest.erase(0, static_cast<std::size_t>(done));
    if (rest.empty()) break;
    result += '?';
    rest.erase(0, static_cast<std::size_t>(std::max(1, pg_utf_mblen(reinterpret_cast<const unsigned char*>(rest.data())))));
  }
  return result;
}

}  // namespace strata::pg
