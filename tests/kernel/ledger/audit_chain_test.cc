#include "kernel/ledger/audit_chain.h"

#include "tests/kernel/ledger/fixture.h"

namespace berth::ledger {
namespace {

using namespace testing;

// Written out by hand, so that a change of the formula cannot pass unseen.
void put(Bytes& octets, std::string_view text) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    octets.push_back(static_cast<std::uint8_t>(text.size() >> shift));
  }
  append(octets, as_bytes(text));
}
std::string number(std::int64_t value) {
  std::string octets;
  for (int shift = 56; shift >= 0; shift -= 8) octets += static_cast<char>(value >> shift);
  return octets;
}

TEST_CASE("the first record follows a hash that names the chain", "[ledger]") {
  Bytes octets;
  put(octets, "berth.audit.genesis");
  put(octets, "aurora");
  CHECK(genesis_hash("aurora") == sha256(octets));
  CHECK(to_hex(genesis_hash("aurora")) ==
        "3E18934788A12BA3439C86D8DF00FEEDE11EB5CA15A8587DCF609EF667698970");
  CHECK(genesis_hash("aurora") != genesis_hash("borealis"));
}

TEST_CASE("a record's hash covers its fields as the reference says", "[ledger]") {
  AuditRecord record;
  record.sequence = 2;
  record.incarnation = 1;
  record.time_ms = kNow;
  record.type = "order.created";
  record.subject_ref = "00112233445566778899AABBCCDDEEFF";
  record.commit_id = "FFEEDDCCBBAA99887766554433221100";
  record.commitment = to_bytes(commitment_of(Bytes(32, 1), "{}"));
  const Sha256 previous = genesis_hash("aurora");
  Bytes octets;
  put(octets, "berth.audit.record");
  put(octets, as_text(previous));
  put(octets, number(1));
  put(octets, number(1));
  put(octets, number(2));
  put(octets, number(kNow));
  put(octets, record.type);
  put(octets, record.subject_ref);
  put(octets, record.commit_id);
  put(octets, as_text(record.commitment));
  CHECK(record_hash(previous, kAuditFormat, record) == sha256(octets));
  CHECK(to_hex(record_hash(previous, kAuditFormat, record)) ==
        "E28C0C98D1E38840B472C4F45ADCF3430F1189A6B21F0E0EEBEDCC828D7B3DD3");
  CHECK(commitment_of(Bytes(32, 1), "{}") == hmac_sha256(Bytes(32, 1), as_bytes("{}")));
}

TEST_CASE("moving octets between neighbouring fields changes the hash", "[ledger]") {
  AuditRecord left;
  left.type = "ab";
  left.subject_ref = "c";
  AuditRecord right = left;
  right.type = "a";
  right.subject_ref = "bc";
  CHECK(record_hash({}, 1, left) != record_hash({}, 1, right));
}

}  // namespace
}  // namespace berth::ledger
