#include "core/checksum.hpp"

#include <openssl/evp.h>

#include <array>
#include <cstdint>

#include "core/error.hpp"

namespace strata {
namespace {

constexpr std::size_t buffer_bytes = 8192;

char fold(char byte) { return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte; }

[[noreturn]] void raise_no_digest() { throw Error(sqlstate::internal, "libcrypto cannot compute SHA-256"); }

}  // namespace

void Digest::Free::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

Digest::Digest() : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) raise_no_digest();
}
Digest::~Digest() = default;
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;

void Digest::flush() {
  if (EVP_DigestUpdate(context_.get(), buffer_.data(), buffer_.size()) != 1) raise_no_digest();
  buffer_.clear();
}

// Tag and length come first, so no two token streams have the same bytes.
void Digest::put(char tag, std::string_view bytes) {
  buffer_ += tag;
  for (std::uint64_t length = bytes.size(), index = 0; index < 8; ++index, length >>= 8U)
    buffer_ += static_cast<char>(length & 0xFFU);
  if (tag == 'w') {
    for (const char byte : bytes) buffer_ += fold(byte);
  } else {
    buffer_ += bytes;
  }
  if (buffer_.size() >= buffer_bytes) flush();
}

void Digest::add(const TokenView& tokens) {
  for (std::size_t index = 0; index < tokens.tokens.size(); ++index) {
    const Token::Kind kind = tokens.tokens[index].kind;
    const std::string_view text = tokens[index];
    if (kind == Token::Kind::comment) continue;
    if (kind == Token::Kind::symbol && text == ";") {
      end_statement();
      continue;
    }
    if (separator_ == Separator::pending) put(';', {});
    separator_ = Separator::none;
    seen_ = Seen::tokens;
    switch (kind) {
      case Token::Kind::keyword:
      case Token::Kind::name:
        put('w', text);
        break;
      case Token::Kind::quoted_name:
        put('q', text);
        break;
      case Token::Kind::constant:
        put('c', text);
        break;
      case Token::Kind::symbol:
        put('s', text);
        break;
      case Token::Kind::comment:
        break;
    }
  }
}

void Digest::end_statement() {
  if (seen_ == Seen::tokens) separator_ = Separator::pending;
}

std::string Digest::finish() {
  flush();
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  if (EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) != 1) raise_no_digest();
  std::string hex;
  for (unsigned index = 0; index < size; ++index) {
    constexpr std::string_view digits = "0123456789abcdef";
    hex += digits[bytes[index] >> 4U];
    hex += digits[bytes[index] & 0xFU];
  }
  return hex;
}

std::string checksum_of(const TokenView& tokens) {
  Digest digest;
  digest.add(tokens);
  return digest.finish();
}

}  // namespace strata
