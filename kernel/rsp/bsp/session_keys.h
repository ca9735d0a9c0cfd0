// BSP keys and the inputs they are derived from (SGP.22 §2.6.4, Annex G).

#pragma once

#include "kernel/base/bytes.h"
#include "kernel/base/identifiers.h"
#include "kernel/base/secret_bytes.h"

namespace berth::rsp::bsp {

inline constexpr std::size_t kKeyDataSize = 48;
inline constexpr std::size_t kMaxHostIdSize = 16;
inline constexpr std::uint8_t kKeyTypeAes = 0x88;
inline constexpr std::uint8_t kKeyLength = 0x10;

// keyType ‖ keyLen ‖ LV(hostId) ‖ LV(EID as 16 octets); "bsp.host_id" unless hostId is 1..16
// octets.
Result<Bytes> shared_info(ByteView host_id, const Eid& eid);

// KeyData as agreed: initial MAC chaining value ‖ S-ENC ‖ S-MAC. Move-only, wiped.
class SessionKeys {
 public:
  // kInvalidArgument "bsp.key_data" unless it is 48 octets.
  static Result<SessionKeys> from_key_data(SecretBytes key_data);
  ByteView initial_mcv() const { return key_data_.view().subspan(0, 16); }
  ByteView s_enc() const { return key_data_.view().subspan(16, 16); }
  ByteView s_mac() const { return key_data_.view().subspan(32, 16); }
  ByteView key_data() const { return key_data_.view(); }

 private:
  explicit SessionKeys(SecretBytes key_data) : key_data_(std::move(key_data)) {}
  SecretBytes key_data_;
};

}  // namespace berth::rsp::bsp
