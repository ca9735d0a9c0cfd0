#include "kernel/rsp/bsp/session_keys.h"

namespace berth::rsp::bsp {

Result<Bytes> shared_info(ByteView host_id, const Eid& eid) {
  if (host_id.empty() || host_id.size() > kMaxHostIdSize) {
    return Error(ErrorCode::kInvalidArgument, "bsp.host_id", "hostId is 1 to 16 octets");
  }
  const auto eid_octets = eid.octets();
  Bytes info = {kKeyTypeAes, kKeyLength, static_cast<std::uint8_t>(host_id.size())};
  append(info, host_id);
  info.push_back(static_cast<std::uint8_t>(eid_octets.size()));
  append(info, eid_octets);
  return info;
}

Result<SessionKeys> SessionKeys::from_key_data(SecretBytes key_data) {
  if (key_data.size() != kKeyDataSize) {
    return Error(ErrorCode::kInvalidArgument, "bsp.key_data", "BSP key data is 48 octets");
  }
  return SessionKeys(std::move(key_data));
}

}  // namespace berth::rsp::bsp
