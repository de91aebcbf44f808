#include "schema/text_form.hpp"

#include "core/error.hpp"

namespace strata::schema {
namespace {

constexpr std::string_view kHeading = "pg_strata model 1\n";

void add_field(std::string& text, std::string_view field) {
  for (const char c : field) {
    switch (c) {
      case '\\': text += "\\\\"; break;
      case '\n': text += "\\n"; break;
      case '\t': text += "\\t"; break;
      default: text += c;
    }
  }
}

void add_line(std::string& text, std::initializer_list<std::string_view> fields) {
  bool first = true;
  for (const std::string_view field : fields) {
    if (!first) text += '\t';
    add_field(text, field);
    first = false;
  }
  text += '\n';
}

Error damaged() { return Error(sqlstate::wrong_state, "a kept model cannot be read").with_hint("Another version of pg_strata has written it, or it was damaged; SELECT migrate_stamp('current') keeps a new one."); }

std::string plain(std::string_view field) {
  std::string text;
  text.reserve(field.size());
  for (std::size_t i = 0; i < field.size(); i++) {
    if (field[i] != '\\') {
      text += field[i];
      continue;
    }
    if (++i == field.size()) throw damaged();
    text += field[i] == 'n' ? '\n' : field[i] == 't' ? '\t' : field[i];
  }
  return text;
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (std::size_t begin = 0;;) {
    const auto end = line.find('\t', begin);
    fields.push_back(line.substr(begin, end - begin));
    if (end == std::string_view::npos) return fields;
    begin = end + 1;
  }
}

}  // namespace

std::string to_text(const Model& model) {
  std::string text(kHeading);
  for (const Object& object : model.objects()) {
    add_line(text, {name_of(object.key.kind), object.key.schema, object.key.parent, object.key.name, std::to_string(object.position)});
    for (const auto& [name, value] : object.properties) add_line(text, {"", name, value});
  }
  for (const NotCompared& other : model.not_compared()) add_line(text, {"not compared", other.kind, other.name});
  return text;
}

Model model_of_text(std::string_view text) {
  if (!text.starts_with(kHeading)) throw damaged();
  text.remove_prefix(kHeading.size());
  std::vector<Object> objects;
  std::vector<NotCompared> not_compared;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) throw damaged();
    const std::vector<std::string_view> fields = fields_of(text.substr(0, end));
    text.remove_prefix(end + 1);
    if (fields[0].empty() && fields.size() == 3 && !objects.empty()) {
      objects.back().properties.set(plain(fields[1]), plain(fields[2]));
    } else if (fields[0] == "not compared" && fields.size() == 3) {
      not_compared.push_back({plain(fields[1]), plain(fields[2])});
    } else {
      const auto kind = kind_named(fields[0]);
      if (!kind || fields.size() != 5) throw damaged();
      Object object;
      object.key = {*kind, plain(fields[1]), plain(fields[2]), plain(fields[3])};
      object.position = std::atoi(std::string(fields[4]).c_str());
      objects.push_back(std::move(object));
    }
  }
  return Model(std::move(objects), std::move(not_compared));
}

}  // namespace strata::schema
