// Packing of graphs: one list of members serves both ways, so that none can be forgotten on one side.
#include <cstring>

#include "core/graph.hpp"

namespace strata {
namespace {

// To be changed with every change of Graph's members or of what they mean.
constexpr std::uint64_t kFormat = 0x5354'5241'5441'0002;

// FNV-1a over words: it has to notice damage, not an attacker.
std::uint64_t digest(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325 ^ kFormat;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word;
    std::memcpy(&word, bytes.data(), 8);
    hash = (hash ^ word) * 0x100000001b3;
  }
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return hash;
}

class Writer {
 public:
  void raw(const void* data, std::size_t size) { bytes_.append(static_cast<const char*>(data), size); }
  template <typename Plain>
  void plain(std::vector<Plain>& items) {
    count(items);
    raw(items.data(), items.size() * sizeof(Plain));
  }
  template <typename List>
  void count(List& list) {
    const auto size = static_cast<std::uint32_t>(list.size());
    raw(&size, sizeof size);
  }
  void text(std::string& text) {
    count(text);
    raw(text.data(), text.size());
  }
  std::string finish() {
    const std::uint64_t hash = digest(bytes_);
    std::string packed(reinterpret_cast<const char*>(&hash), sizeof hash);
    return packed += bytes_;
  }

 private:
  std::string bytes_;
};

// Reads only bytes whose digest is right, so lengths are taken as they come.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  void raw(void* data, std::size_t size) {
    if (size == 0) return;
    std::memcpy(data, rest_.data(), size);
    rest_.remove_prefix(size);
  }
  template <typename List>
  void count(List& list) {
    std::uint32_t size;
    raw(&size, sizeof size);
    list.resize(size);
  }
  template <typename Plain>
  void plain(std::vector<Plain>& items) {
    count(items);
    raw(items.data(), items.size() * sizeof(Plain));
  }
  void text(std::string& text) {
    count(text);
    raw(text.data(), text.size());
  }

 private:
  std::string_view rest_;
};

template <typename Archive>
void exchange_texts(Archive& archive, std::vector<std::string>& texts) {
  archive.count(texts);
  for (std::string& text : texts) archive.text(text);
}

}  // namespace

template <typename Archive>
void Graph::exchange(Archive& archive) {
  exchange_texts(archive, ids_);
  for (TextLists* lists : {&own_labels_, &needs_}) {
    archive.plain(lists->starts);
    exchange_texts(archive, lists->items);
  }
  for (Adjacency* edges : {&parents_, &dependencies_, &children_, &dependents_, &down_}) {
    archive.plain(edges->starts);
    archive.plain(edges->items);
  }
  for (Indexes* indexes : {&heads_, &effective_heads_, &bases_, &by_id_}) archive.plain(*indexes);
  archive.plain(labels_);
  archive.count(tags_);
  for (Tag& tag : tags_) {
    archive.plain(tag.owners);
    archive.plain(tag.below);
  }
  archive.plain(tag_of_);
}

std::string Graph::pack() const {
  Writer writer;
  const_cast<Graph*>(this)->exchange(writer);  // a writer changes nothing
  return writer.finish();
}

std::optional<Graph> Graph::unpack(std::string_view bytes) {
  std::uint64_t hash;
  if (bytes.size() < sizeof hash) return std::nullopt;
  std::memcpy(&hash, bytes.data(), sizeof hash);
  bytes.remove_prefix(sizeof hash);
  if (hash != digest(bytes)) return std::nullopt;
  Graph graph;
  Reader reader(bytes);
  graph.exchange(reader);
  return graph;
}

}  // namespace strata
