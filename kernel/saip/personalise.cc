// Where personalisation data lives: §3 and §5 to §7 of the format.

#include "kernel/saip/personalise.h"

#include <algorithm>
#include <string_view>

#include "kernel/saip/checks.h"
#include "kernel/saip/element_types.h"
#include "kernel/saip/package.h"
#include "kernel/saip/personalise_values.h"

namespace berth::saip {
namespace {

constexpr std::string_view kNoPlace = "saip.personalise_place";
constexpr std::string_view kWrongKey = "saip.personalise_key";

constexpr std::uint64_t kPin1 = 0x01;  // PUK1 has the same reference
constexpr std::uint64_t kAdm1 = 0x0A;
constexpr std::uint64_t kTuak = 2;

// Octets that one file is to hold from a position on; `whole`: they are all of it.
struct FileWrite {
  Tag file;
  std::string_view name;
  std::size_t at;
  Bytes value;
  bool whole;
};

Error no_place(const Place& place, ByteView at, std::string_view what) {
  return place.refuse(kNoPlace, at, std::string("the template has no place for ").append(what));
}

// The file with the octets written where the template writes others; nullopt when it does not
// write all of these positions, or the file is to be of another size.
Result<std::optional<Bytes>> written_over(const Place& place, const std::vector<Tlv>& entries,
                                          const FileWrite& write) {
  Bytes body;
  std::size_t position = 0;
  std::size_t written = 0;
  for (const Tlv& entry : entries) {
    if (entry.tag == 0x82) {
      BERTH_TRY(offset, number(place, entry, kMaxFileContent, "saip.file"));
      position += static_cast<std::size_t>(offset);
    }
    if (entry.tag != 0x83) {
      append(body, entry.whole);
      continue;
    }
    Bytes content = to_bytes(entry.value);
    for (std::uint8_t& octet : content) {
      if (position >= write.at && position - write.at < write.value.size()) {
        octet = write.value[position - write.at];
        ++written;
      }
      ++position;
    }
    rsp::der::append_tlv(body, 0x83, content);
  }
  const bool all = written == write.value.size() && (!write.whole || position == written);
  return all ? std::optional(std::move(body)) : std::nullopt;
}

// The file with the octets as its only content. A size of its descriptor must be theirs.
Result<Bytes> written_anew(const Place& place, const std::vector<Tlv>& entries,
                           const FileWrite& write) {
  Bytes body;
  for (const Tlv& entry : entries) {
    if (entry.tag == 0x82 || entry.tag == 0x83) continue;
    if (entry.tag == 0xA1) {
      BERTH_TRY(fields, children(place, entry.value));
      const Tlv* size = find(fields, 0x80);
      const bool fits =
          size == nullptr || (!size->value.empty() && size->value.back() == write.value.size() &&
                              std::all_of(size->value.begin(), size->value.end() - 1,
                                          [](std::uint8_t octet) { return octet == 0; }));
      if (!fits) {
        return place.refuse(kNoPlace, size->whole,
                            std::string(write.name).append(" has another size"));
      }
    }
    append(body, entry.whole);
  }
  rsp::der::append_tlv(body, 0x83, write.value);
  return body;
}

Result<Bytes> written_file(const Place& place, const Tlv& file, const FileWrite& write) {
  BERTH_TRY(entries, children(place, file.value));
  if (find(entries, 0x80) != nullptr) return no_place(place, file.whole, write.name);
  BERTH_TRY(over, written_over(place, entries, write));
  if (over) return rsp::der::tlv(file.tag, *over);
  // What stands around a part is the file template's and not known here.
  if (!write.whole) return no_place(place, file.whole, write.name);
  BERTH_TRY(anew, written_anew(place, entries, write));
  return rsp::der::tlv(file.tag, anew);
}

class Personaliser {
 public:
  Personaliser(ByteView package_template, const Personalisation& values)
      : template_(package_template), values_(values) {}
  ~Personaliser() { wipe(out_); }
  Personaliser(const Personaliser&) = delete;
  Personaliser& operator=(const Personaliser&) = delete;

  Result<Bytes> run() {
    BERTH_TRY_VOID(check_values(values_));
    if (!values_.op.empty()) opc_ = derive_opc(values_.k, values_.op);
    BERTH_TRY(package, validate(template_));
    // Once for all, so that growing leaves no copy of keys behind.
    constexpr std::size_t kMaxGrowth = 64;  // of one element: two files and the lengths around
    out_.reserve(template_.size() + kMaxGrowth * package.elements.size());
    for (const Element& element : package.elements) {
      const ByteView octets = template_.subspan(element.offset, element.size_bytes);
      BERTH_TRY(tlv, rsp::der::parse_single(octets, element.tag));
      BERTH_TRY_VOID(take({template_, element.name}, tlv));
    }
    BERTH_TRY_VOID(
        check_found({template_, "end"}, template_.last(package.elements.back().size_bytes)));
    BERTH_TRY_VOID(validate_result());
    return std::move(out_);
  }

 private:
  Result<void> validate_result() const {
    auto result = validate(out_);
    if (!result) return std::move(result).error().within("after personalising");
    return {};
  }

  Result<void> take(const Place& place, const Tlv& tlv) {
    const ElementType* type = element_type(tlv.tag);
    if (tlv.tag == kMf) return write_files(place, tlv, {iccid_write()});
    if (tlv.tag == kUsim || tlv.tag == kIot) return take_application(place, tlv);
    if (tlv.tag == kIsim || tlv.tag == kCsim) own_application_ = true;
    const std::size_t start = out_.size();
    append(out_, tlv.whole);
    const Target target{tlv.whole.data(), start};
    switch (type->kind) {
      case Kind::kHeader:
        return take_header(place, tlv, target);
      case Kind::kPin:
        return take_pins(place, tlv, target);
      case Kind::kPuk:
        return take_puks(place, tlv, target);
      case Kind::kAka:
        return take_aka(place, tlv, target);
      default:
        return {};
    }
  }

  // Where an element that keeps its size was copied to.
  struct Target {
    const std::uint8_t* from;
    std::size_t to;
  };
  // `slice`: within the element in the template; `value` has its size.
  void overwrite(const Target& target, ByteView slice, ByteView value) {
    const auto at = target.to + static_cast<std::size_t>(slice.data() - target.from);
    std::copy(value.begin(), value.end(), out_.begin() + static_cast<std::ptrdiff_t>(at));
  }

  FileWrite iccid_write() const {
    return {0xA4, "EF.ICCID", 0, to_bytes(values_.iccid.swapped_octets()), true};
  }

  Result<void> write_files(const Place& place, const Tlv& tlv,
                           const std::vector<FileWrite>& writes) {
    BERTH_TRY(parts, children(place, tlv.value));
    for (const FileWrite& write : writes) {
      if (find(parts, write.file) == nullptr) return no_place(place, tlv.whole, write.name);
    }
    Bytes body;
    for (const Tlv& part : parts) {
      const auto write = std::find_if(writes.begin(), writes.end(), [&](const FileWrite& one) {
        return find(parts, one.file) == &part;
      });
      if (write == writes.end()) {
        append(body, part.whole);
        continue;
      }
      BERTH_TRY(file, written_file(place, part, *write));
      append(body, file);
    }
    rsp::der::append_tlv(out_, tlv.tag, body);
    return {};
  }

  Result<void> take_application(const Place& place, const Tlv& tlv) {
    const bool iot = tlv.tag == kIot;  // holds the master file as well
    const Tag imsi_file_tag = iot ? 0xA9 : 0xA3;
    BERTH_TRY(content, file_content(place, tlv, imsi_file_tag));
    const bool unset = std::all_of(content.begin(), content.end(),
                                   [](std::uint8_t octet) { return octet == 0xFF; });
    if (unset) content.clear();
    if (!first_imsi_) first_imsi_ = content;
    own_application_ = content == *first_imsi_;
    std::vector<FileWrite> writes;
    if (iot) writes.push_back(iccid_write());
    if (own_application_) {
      writes.push_back({imsi_file_tag, "EF.IMSI", 0, to_bytes(imsi_file(values_.imsi)), true});
      writes.push_back({0xB2, "EF.ACC", 0, to_bytes(access_class_file(values_)), true});
      if (values_.mnc_digits) {
        writes.push_back({0xB5, "the length of the MNC in EF.AD", 3, {*values_.mnc_digits}, false});
      }
    }
    return write_files(place, tlv, writes);
  }

  Result<void> take_header(const Place& place, const Tlv& tlv, const Target& target) {
    BERTH_TRY(fields, children(place, tlv.value));
    overwrite(target, find(fields, 0x83)->value, values_.iccid.natural_octets());
    return {};
  }

  // `codes`: a list of entries, each a reference and eight octets.
  Result<void> write_code(const Place& place, ByteView codes, const Target& target,
                          std::uint64_t reference, const SecretBytes& code, bool& found) {
    if (code.empty()) return {};
    BERTH_TRY(entries, children(place, codes));
    for (const Tlv& entry : entries) {
      BERTH_TRY(fields, children(place, entry.value));
      BERTH_TRY(of, number(place, *find(fields, 0x80), 0xFF, "saip.pin"));
      if (of != reference) continue;
      overwrite(target, find(fields, 0x81)->value, padded_code(code).view());
      found = true;
    }
    return {};
  }

  Result<void> take_pins(const Place& place, const Tlv& tlv, const Target& target) {
    BERTH_TRY(parts, components(place, tlv));
    BERTH_TRY(choices, children(place, parts[0].value));
    if (choices[0].tag == 0x81) return {};  // another folder's PINs
    const ByteView codes = choices[0].value;
    BERTH_TRY_VOID(write_code(place, codes, target, kPin1, values_.pin1, found_pin1_));
    return write_code(place, codes, target, kAdm1, values_.adm1, found_adm1_);
  }

  Result<void> take_puks(const Place& place, const Tlv& tlv, const Target& target) {
    BERTH_TRY(parts, components(place, tlv));
    return write_code(place, parts[0].value, target, kPin1, values_.puk1, found_puk1_);
  }

  Result<void> take_aka(const Place& place, const Tlv& tlv, const Target& target) {
    const SecretBytes& opc = opc_.empty() ? values_.opc : opc_;
    BERTH_TRY(parts, components(place, tlv));
    BERTH_TRY(choices, children(place, parts[0].value));
    // 0xA0: shares the parameters of another application.
    if (choices[0].tag == 0xA0 || !own_application_) return {};
    BERTH_TRY(fields, children(place, choices[0].value));
    BERTH_TRY(algorithm, number(place, *find(fields, 0x80), 0xFF, "saip.aka"));
    const Tlv& key_field = *find(fields, 0x82);
    const Tlv& opc_field = *find(fields, 0x83);
    if (!values_.k.empty() && values_.k.size() != key_field.value.size()) {
      return place.refuse(kWrongKey, key_field.whole,
                          "K is " + std::to_string(values_.k.size()) + " octets, the algorithm's " +
                              std::to_string(key_field.value.size()));
    }
    if (!values_.op.empty() && algorithm == kTuak) {
      return place.refuse(kWrongKey, opc_field.whole, "TUAK has no OP; give its TOPc as opc");
    }
    if (!opc.empty() && opc.size() != opc_field.value.size()) {
      return place.refuse(kWrongKey, opc_field.whole,
                          "OPc is " + std::to_string(opc.size()) + " octets, the algorithm's " +
                              std::to_string(opc_field.value.size()));
    }
    // The test algorithm works without an OPc, but the element has a place for it all the same.
    if (!values_.k.empty()) overwrite(target, key_field.value, values_.k.view());
    if (!opc.empty()) overwrite(target, opc_field.value, opc.view());
    found_keys_ = true;
    return {};
  }

  Result<void> check_found(const Place& place, ByteView end) const {
    const bool keys = !values_.k.empty() || !values_.opc.empty();
    if (!first_imsi_) return no_place(place, end, "the IMSI: no usim or iot element");
    if (!values_.pin1.empty() && !found_pin1_) return no_place(place, end, "PIN1: no such code");
    if (!values_.puk1.empty() && !found_puk1_) return no_place(place, end, "PUK1: no such code");
    if (!values_.adm1.empty() && !found_adm1_) return no_place(place, end, "ADM1: no such code");
    if (keys && !found_keys_)
      return no_place(place, end, "K and OPc: no akaParameter with an algorithm");
    return {};
  }

  ByteView template_;
  const Personalisation& values_;
  SecretBytes opc_;  // worked out of OP
  Bytes out_;
  std::optional<Bytes> first_imsi_;  // EF.IMSI of the first application; empty when unset
  bool own_application_ = true;      // the one that parameters now belong to is the subscriber's
  bool found_pin1_ = false;
  bool found_puk1_ = false;
  bool found_adm1_ = false;
  bool found_keys_ = false;
};

}  // namespace

Result<Bytes> personalise(ByteView package_template, const Personalisation& values) {
  return Personaliser(package_template, values).run();
}

}  // namespace berth::saip
