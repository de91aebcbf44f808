// Desired DDL and models as text: marks of renames are found at their lines or refused, what the deparser prints is taken apart, and a model that is
// read prints as the same text.
#include <cstdint>
#include <cstdlib>

#include "core/error.hpp"
#include "parse/renamed.hpp"
#include "schema/canonical.hpp"
#include "schema/lists.hpp"
#include "schema/rewrites.hpp"
#include "schema/text_form.hpp"
#include "schema/types.hpp"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void read_marks(std::string_view ddl) {
  try {
    for (const strata::RenamedMarker& marker : strata::renames_in(ddl)) require(marker.line >= 1 && !marker.what.empty() && !marker.old_name.empty());
  } catch (const strata::Error& e) {
    require(!e.message.empty());
  }
}

void read_model(std::string_view text) {
  try {
    const std::string printed = to_text(strata::schema::model_of_text(text));
    require(to_text(strata::schema::model_of_text(printed)) == printed);
  } catch (const strata::Error& e) {
    require(!e.message.empty());
  }
}

void read_pieces(const std::string& text) {
  const auto parts = strata::schema::split_list(text);
  require(parts.size() <= text.size() + 1);
  (void)strata::schema::split_name(text);
  const std::string canonical = strata::schema::canonical_text(text);
  require(strata::schema::canonical_text(canonical) == canonical);
  (void)strata::schema::narrowing(text, "character varying(3)");
  (void)strata::schema::requires_rewrite("numeric(10,2)", text);
  (void)strata::schema::rewrites_when_added({}, text, {});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  read_marks(text);
  read_model(text);
  read_pieces(std::string(text));
  return 0;
}
