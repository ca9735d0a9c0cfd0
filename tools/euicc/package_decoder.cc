#include "tools/euicc/package_decoder.h"

#include "tools/euicc/server_messages.h"

namespace berth::euicc {
namespace {

using rsp::der::Reader;
using rsp::der::Tag;

constexpr Tag kFirstSequenceOf87 = 0xA0;
constexpr Tag kSequenceOf88 = 0xA1;
constexpr Tag kSecondSequenceOf87 = 0xA2;
constexpr Tag kSequenceOf86 = 0xA3;
// Neither command carries more than an icon and texts.
constexpr std::size_t kMaxCommandData = 16 * 1024;

// Opens every segment of one sequence and joins what was inside.
Result<Bytes, InstallError> open_sequence(BspReader& bsp, ByteView sequence, Tag segment_tag,
                                          std::size_t limit_bytes) {
  Bytes joined;
  Reader reader(sequence);
  if (reader.at_end()) return InstallError::kBspStructure;
  while (!reader.at_end()) {
    const auto segment = reader.expect(segment_tag);
    if (!segment) return InstallError::kBspStructure;
    auto data = segment_tag == 0x88 ? bsp.open_mac_only(segment->whole)
                                    : bsp.open_encrypted(segment->whole);
    if (!data) return data.error();
    if (joined.size() + data->size() > limit_bytes) return InstallError::kInsufficientMemory;
    append(joined, *data);
  }
  return joined;
}

// The sequence with `tag`, opened; failures carry `command`.
Result<Bytes, InstallFailure> take(Reader& reader, BspReader& bsp, Tag tag, Tag segment_tag,
                                   BppCommand command, std::size_t limit_bytes) {
  const auto sequence = reader.expect(tag);
  if (!sequence) return InstallFailure{command, InstallError::kBspStructure};
  auto data = open_sequence(bsp, sequence->value, segment_tag, limit_bytes);
  if (!data) return InstallFailure{command, data.error()};
  return std::move(data).value();
}

}  // namespace

Result<PackageDecoder, InstallFailure> PackageDecoder::open(ByteView package) {
  const InstallFailure failure{BppCommand::kInitialiseSecureChannel,
                               InstallError::kIncorrectInputValues};
  const auto outer = rsp::der::parse_single(package, 0xBF36);
  if (!outer) return failure;
  PackageDecoder decoder(outer->value);
  const auto request = decoder.reader_.expect(0xBF23);
  if (!request) return failure;
  decoder.secure_channel_request_ = request->whole;
  return decoder;
}

Result<Bytes, InstallFailure> PackageDecoder::configure_isdp() {
  BERTH_ASSERT(bsp_.has_value());
  auto data =
      take(reader_, *bsp_, kFirstSequenceOf87, 0x87, BppCommand::kConfigureIsdp, kMaxCommandData);
  if (data && !check_configure_isdp(*data)) {
    return InstallFailure{BppCommand::kConfigureIsdp, InstallError::kIncorrectInputValues};
  }
  return data;
}

Result<Bytes, InstallFailure> PackageDecoder::store_metadata() {
  BERTH_ASSERT(bsp_.has_value());
  return take(reader_, *bsp_, kSequenceOf88, 0x88, BppCommand::kStoreMetadata, kMaxCommandData);
}

Result<bool, InstallFailure> PackageDecoder::replace_session_keys() {
  BERTH_ASSERT(bsp_.has_value());
  const auto tag = reader_.peek();
  if (!tag || *tag != kSecondSequenceOf87) return false;
  auto data = take(reader_, *bsp_, kSecondSequenceOf87, 0x87, BppCommand::kReplaceSessionKeys,
                   kMaxCommandData);
  if (!data) return data.error();
  const SecretBytes command = SecretBytes::take(std::move(data).value());
  const auto keys = read_replace_session_keys(command.view());
  if (!keys) {
    return InstallFailure{BppCommand::kReplaceSessionKeys, InstallError::kIncorrectInputValues};
  }
  bsp_->replace_keys(keys->initial_mcv, keys->ppk_enc, keys->ppk_cmac);
  return true;
}

Result<Bytes, InstallFailure> PackageDecoder::profile_elements(std::size_t limit_bytes) {
  BERTH_ASSERT(bsp_.has_value());
  auto data =
      take(reader_, *bsp_, kSequenceOf86, 0x86, BppCommand::kLoadProfileElements, limit_bytes);
  if (data && !reader_.at_end()) {
    return InstallFailure{BppCommand::kLoadProfileElements, InstallError::kBspStructure};
  }
  return data;
}

Bytes PackageDecoder::unverified_metadata(ByteView package) {
  Bytes metadata;
  auto decoder = open(package);
  if (!decoder || !decoder->reader_.expect(kFirstSequenceOf87)) return metadata;
  const auto sequence = decoder->reader_.expect(kSequenceOf88);
  if (!sequence) return metadata;
  Reader segments(sequence->value);
  while (!segments.at_end()) {
    const auto segment = segments.expect(0x88);
    if (!segment || segment->value.size() < kBspMacSize) return {};
    append(metadata, segment->value.first(segment->value.size() - kBspMacSize));
  }
  return metadata;
}

}  // namespace berth::euicc
