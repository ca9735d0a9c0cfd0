// The elements that several SGP.22 messages share, read with their bounds. Private to this room.
//
// Failures are kInvalidArgument "rsp.*" or "der.*". Thread-safe, no state; results that are views
// borrow from the input.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "kernel/base/bytes.h"
#include "kernel/base/identifiers.h"
#include "kernel/rsp/der/der.h"
#include "kernel/rsp/sgp22/messages.h"

namespace berth::rsp::sgp22 {

inline constexpr std::size_t kChallengeSize = 16;
inline constexpr std::size_t kSignatureSize = 64;     // r and s, BSI TR-03111
inline constexpr std::size_t kPublicPointSize = 65;   // 04, X, Y
inline constexpr std::size_t kHashCcSize = 32;        // SHA-256
inline constexpr std::size_t kMaxFqdnSize = 255;      // octets
inline constexpr std::size_t kMaxCiIds = 64;          // per list; cards hold two or three
inline constexpr std::size_t kMaxBitStringSize = 32;  // octets, the unused-bits octet included

inline constexpr der::Tag kSequence = 0x30;
inline constexpr der::Tag kInteger = 0x02;
inline constexpr der::Tag kOctetString = 0x04;
inline constexpr der::Tag kObjectIdentifier = 0x06;
inline constexpr der::Tag kUtf8String = 0x0C;
inline constexpr der::Tag kSignature = 0x5F37;
inline constexpr der::Tag kTransactionId = 0x80;

Error malformed(std::string_view reason, std::string message);

// The value of a tagged CHOICE. Some ASN.1 compilers write such a tag twice (BF38{BF38{…}});
// both forms are read.
Result<ByteView> read_choice(ByteView der, der::Tag tag);
// The only alternative inside a CHOICE's value.
Result<der::Tlv> read_alternative(ByteView choice);
// Walks what follows the known elements: extensions are skipped, garbage is refused.
Result<void> skip_extensions(der::Reader& reader);

Result<TransactionId> read_transaction_id(der::Reader& reader);  // tag 80
Result<Bytes> read_signature(der::Reader& reader);               // 5F37, the 64 octets
Result<Bytes> read_certificate(der::Reader& reader);             // 30, whole TLV
Result<Bytes> exact_octets(ByteView value, std::size_t size, std::string_view what);
Result<Version> to_version(ByteView value);
Result<std::string> to_fqdn(ByteView value);
// BIT STRING contents with a sound unused-bits octet.
Result<Bytes> to_bit_string(ByteView value);
Result<std::vector<Bytes>> to_ci_ids(ByteView value);

// The error alternative A1{80 transactionId, 02 code}; the code may also be tagged 81, as
// automatic tagging gives it.
struct ErrorAlternative {
  TransactionId transaction_id;
  std::uint64_t error_code = 0;
};
Result<ErrorAlternative> read_error_alternative(ByteView value);

}  // namespace berth::rsp::sgp22
