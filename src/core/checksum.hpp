// checksum.hpp - SHA-256 over a token stream (DESIGN 1.1): is this still the script that was applied?
//
// Comments, white space, the letter case of words and empty statements do not count; constants and quoted names do,
// as written. Keywords and names are hashed alike, because what is a keyword changes with the PostgreSQL version.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/token.hpp"

struct evp_md_ctx_st;

namespace strata {

// Takes a script statement by statement.
class Digest {
 public:
  Digest();  // raises XX000 when libcrypto has no SHA-256
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void add(const TokenView& tokens);
  void end_statement();  // as a `;` would
  std::string finish();  // 64 lower-case hex digits; call once

 private:
  void put(char tag, std::string_view bytes);
  void flush();
  struct Free {
    void operator()(evp_md_ctx_st*) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
  std::string buffer_;
  enum class Separator { none, pending } separator_ = Separator::none;
  enum class Seen { nothing, tokens } seen_ = Seen::nothing;
};

// The checksum of a whole token stream.
std::string checksum_of(const TokenView& tokens);

}  // namespace strata
