#include "pg/encoding.hpp"

#include <algorithm>

#include "pg/boundary.hpp"

extern "C" {
#include "mb/pg_wchar.h"
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

std::string to_server_lossy(std::string_view utf8) {
  std::string text(utf8);
  if (!passes_through())
    std::replace_if(text.begin(), text.end(), [](unsigned char c) { return c >= 0x80; }, '?');
  return text;
}

}  // namespace strata::pg
