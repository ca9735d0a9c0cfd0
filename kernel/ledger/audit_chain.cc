#include "kernel/ledger/audit_chain.h"

#include <array>

#include "kernel/base/assert.h"

namespace berth::ledger {
namespace {

constexpr std::string_view kGenesisDomain = "berth.audit.genesis";
constexpr std::string_view kRecordDomain = "berth.audit.record";

std::array<std::uint8_t, 8> big_endian(std::uint64_t number) {
  std::array<std::uint8_t, 8> octets{};
  for (std::size_t i = 0; i < octets.size(); ++i) {
    octets[i] = static_cast<std::uint8_t>(number >> (8 * (octets.size() - 1 - i)));
  }
  return octets;
}

// Length (8 octets, big-endian) and contents, so that no two lists of fields give the same octets.
void field(Sha256Stream& stream, ByteView contents) {
  stream.update(big_endian(contents.size())).update(contents);
}
void field(Sha256Stream& stream, std::string_view text) { field(stream, as_bytes(text)); }
void field(Sha256Stream& stream, std::int64_t number) {
  field(stream, ByteView(big_endian(static_cast<std::uint64_t>(number))));
}

}  // namespace

Sha256 genesis_hash(std::string_view chain) {
  Sha256Stream stream;
  field(stream, kGenesisDomain);
  field(stream, chain);
  return stream.finish();
}

Sha256 commitment_of(ByteView salt, std::string_view payload) {
  return hmac_sha256(salt, as_bytes(payload));
}

Sha256 record_hash(ByteView previous, std::int64_t format, const AuditRecord& record) {
  Sha256Stream stream;
  field(stream, kRecordDomain);
  field(stream, previous);
  field(stream, format);
  field(stream, record.incarnation);
  field(stream, record.sequence);
  field(stream, record.time_ms);
  field(stream, record.type);
  field(stream, record.subject_ref);
  field(stream, record.commit_id);
  field(stream, ByteView(record.commitment));
  return stream.finish();
}

}  // namespace berth::ledger
