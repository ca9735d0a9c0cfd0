// Takes a BoundProfilePackage apart in the card's order (SGP.22 §2.5.4, §5.5): secure channel
// request, ConfigureISDP, StoreMetadata, optional ReplaceSessionKeys, profile elements.
//
// Each step reads only its own part, so a failure names the command at which a card would have
// stopped. What the contents mean (ICCID known already, owner …) is the caller's to judge. Borrows
// the package; one use, one thread.

#pragma once

#include <optional>

#include "kernel/rsp/der/der.h"
#include "tools/euicc/bsp_reader.h"
#include "tools/euicc/install_error.h"

namespace berth::euicc {

class PackageDecoder {
 public:
  // `package` is a whole BF36.
  static Result<PackageDecoder, InstallFailure> open(ByteView package);

  // The whole BF23, for the caller to parse and verify.
  ByteView secure_channel_request() const { return secure_channel_request_; }
  // Must be called before the steps below, which must be called in their order.
  void start(BspReader keys) { bsp_.emplace(std::move(keys)); }
  Result<Bytes, InstallFailure> configure_isdp();       // BF24
  Result<Bytes, InstallFailure> store_metadata();       // BF25
  Result<bool, InstallFailure> replace_session_keys();  // false: session keys stay in use
  // The unprotected package; more than `limit_bytes` is kInsufficientMemory.
  Result<Bytes, InstallFailure> profile_elements(std::size_t limit_bytes);

  // The StoreMetadataRequest as an LPA may read it: MAC-only data, nothing verified. Empty when
  // the package has not that shape.
  static Bytes unverified_metadata(ByteView package);

 private:
  explicit PackageDecoder(ByteView content) : reader_(content) {}

  ByteView secure_channel_request_;
  rsp::der::Reader reader_;
  std::optional<BspReader> bsp_;
};

}  // namespace berth::euicc
