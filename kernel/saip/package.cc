#include "kernel/saip/package.h"

#include <algorithm>

#include "kernel/saip/checks.h"
#include "kernel/saip/element_types.h"

namespace berth::saip {
namespace {

constexpr Tag kHeaderOfElement = 0xA0;  // PEHeader, the first component of all but the header
constexpr std::uint64_t kMaxIdentification = 32'767;
constexpr Tag kEfImsiOfUsim = 0xA3;
constexpr Tag kEfImsiOfIot = 0xA9;

// One pass over the package; the checks that need all elements come last.
class Validator {
 public:
  explicit Validator(ByteView upp) : upp_(upp) {}

  Result<Package> run() {
    const Place whole{upp_, "package"};
    if (upp_.empty()) return whole.refuse("saip.malformed", upp_, "there is nothing in it");
    if (upp_.size() > kMaxPackageSize) {
      return whole.refuse("saip.too_large", upp_,
                          "larger than " + std::to_string(kMaxPackageSize) + " octets");
    }
    rsp::der::Reader reader(upp_);
    while (!reader.at_end()) {
      if (package_.elements.size() == kMaxElements) {
        return whole.refuse("saip.too_large", reader.rest(),
                            "more than " + std::to_string(kMaxElements) + " elements");
      }
      const ByteView here = reader.rest();
      auto next = reader.next();
      if (!next) return whole.refuse("saip.malformed", here, next.error().message());
      BERTH_TRY_VOID(take(*next));
    }
    const Place end{upp_, package_.elements.back().name};
    if (!ended_) {
      return end.refuse("saip.order", upp_.last(0), "the package ends without its end element");
    }
    BERTH_TRY_VOID(check_services(whole));
    BERTH_TRY_VOID(check_puk_references());
    return std::move(package_);
  }

 private:
  Result<void> take(const Tlv& tlv) {
    const ElementType* type = element_type(tlv.tag);
    const Place place{upp_, type == nullptr ? "package" : type->name};
    if (type == nullptr) {
      return place.refuse("saip.unknown_element", tlv.whole, "not a profile element's tag");
    }
    BERTH_TRY_VOID(check_order(place, *type, tlv));
    BERTH_TRY_VOID(check_der(place, tlv));
    Element element;
    element.tag = tlv.tag;
    element.name = std::string(type->name);
    element.offset = static_cast<std::size_t>(tlv.whole.data() - upp_.data());
    element.size_bytes = tlv.whole.size();
    if (type->kind != Kind::kHeader) BERTH_TRY_VOID(read_element_header(place, tlv, element));
    package_.elements.push_back(std::move(element));
    BERTH_TRY_VOID(check_content(place, *type, tlv));
    ++seen_[tlv.tag];
    return {};
  }

  bool has(Tag tag) const { return seen_.contains(tag); }

  Result<void> check_order(const Place& place, const ElementType& type, const Tlv& tlv) const {
    const auto refuse = [&](const std::string& message) {
      return place.refuse("saip.order", tlv.whole, message);
    };
    const bool first = package_.elements.empty();
    if (first != (type.kind == Kind::kHeader)) {
      return refuse(first ? "the header must come first" : "a second header");
    }
    if (ended_) return refuse("follows the end element");
    const bool root = type.tag == kMf || type.tag == kIot;
    if (root && (has(kMf) || has(kIot))) return refuse("a second master file");
    const bool needs_root = (type.kind == Kind::kFiles && !root) || type.kind == Kind::kPin ||
                            type.kind == Kind::kPuk || type.kind == Kind::kGenericFiles ||
                            type.kind == Kind::kEnd;
    if (needs_root && !has(kMf) && !has(kIot)) return refuse("there is no master file before it");
    // A telecom application's extension also belongs to an IoT profile's own USIM.
    const bool satisfied = type.after == 0 || has(type.after) || (type.after == kUsim && has(kIot));
    if (!satisfied) {
      return refuse("must follow " + std::string(element_type(type.after)->name));
    }
    if (type.kind == Kind::kAka && !has(kUsim) && !has(kIsim) && !has(kCsim) && !has(kIot)) {
      return refuse("must follow the network application it belongs to");
    }
    return {};
  }

  Result<void> read_element_header(const Place& place, const Tlv& tlv, Element& element) {
    constexpr std::string_view kReason = "saip.identification";
    BERTH_TRY(parts, children(place, tlv.value));
    if (parts.empty() || parts[0].tag != kHeaderOfElement) {
      return place.refuse(kReason, tlv.whole, "the element's own header is missing");
    }
    BERTH_TRY(fields, children(place, parts[0].value));
    const Tlv* mandated = find(fields, 0x80);
    const Tlv* identification = find(fields, 0x81);
    if (mandated != nullptr && !mandated->value.empty()) {
      return place.refuse(kReason, mandated->whole, "mandated is not a NULL");
    }
    if (identification == nullptr) {
      return place.refuse(kReason, parts[0].whole, "the identification is missing");
    }
    BERTH_TRY(value, number(place, *identification, kMaxIdentification, kReason));
    if (!identifications_.insert(value).second) {
      return place.refuse(
          kReason, identification->whole,
          "identification " + std::to_string(value) + " is that of an earlier element");
    }
    element.mandated = mandated != nullptr;
    element.identification = static_cast<std::uint32_t>(value);
    return {};
  }

  Result<void> check_content(const Place& place, const ElementType& type, const Tlv& tlv) {
    switch (type.kind) {
      case Kind::kHeader:
        return read_header(place, tlv, package_);
      case Kind::kGenericFiles:
        return check_generic_files(place, tlv);
      case Kind::kPin:
        return check_pins(place, tlv, provided_);
      case Kind::kPuk:
        return check_puks(place, tlv, provided_);
      case Kind::kAka:
        return check_aka(place, tlv, provided_);
      case Kind::kCdma:
        provided_.services.emplace("cave");
        return {};
      case Kind::kFiles:
        return check_file_element(place, tlv);
      case Kind::kEnd:
        ended_ = true;
        return {};
      case Kind::kSecurityDomain:
      case Kind::kRfm:
      case Kind::kApplication:
      case Kind::kNonStandard:
        return {};  // well-formed; their contents are the card's to judge
    }
    return {};
  }

  Result<void> check_file_element(const Place& place, const Tlv& tlv) {
    BERTH_TRY_VOID(check_files(place, tlv));
    if (tlv.tag == kMf || tlv.tag == kIot) {
      BERTH_TRY_VOID(read_iccid_file(place, tlv, package_));
    }
    if (tlv.tag == kUsim || tlv.tag == kIot) {
      provided_.services.emplace("usim");
      const Tag file = tlv.tag == kUsim ? kEfImsiOfUsim : kEfImsiOfIot;
      BERTH_TRY_VOID(read_imsi_file(place, tlv, file, package_));
    }
    if (tlv.tag == kIsim) provided_.services.emplace("isim");
    if (tlv.tag == kCsim) provided_.services.emplace("csim");
    if (tlv.tag == kEap) provided_.services.emplace("eap");
    // The optional files of a second USIM say nothing of the first.
    const bool first_usims = tlv.tag == kOptUsim && provided_.services.count("usim") == 1;
    return first_usims ? read_gid_files(place, tlv, package_) : Result<void>();
  }

  Result<void> check_services(const Place& place) const {
    static constexpr std::string_view kCheckable[] = {"usim",     "isim",    "csim",
                                                      "milenage", "tuak128", "tuak256",
                                                      "cave",     "eap",     "usim-test-algorithm"};
    static constexpr std::pair<std::string_view, std::string_view> kDepends[] = {
        {"gba-usim", "usim"}, {"gba-isim", "isim"}, {"mbms", "usim"}};
    static constexpr std::pair<std::string_view, std::string_view> kSeveral[] = {
        {"multiple-usim", "usim"}, {"multiple-isim", "isim"}, {"multiple-csim", "csim"}};
    for (const std::string& service : package_.mandatory_services) {
      std::string used = service;
      std::size_t wanted = 0;
      if (std::count(std::begin(kCheckable), std::end(kCheckable), service) > 0) wanted = 1;
      for (const auto& [name, base] : kDepends) {
        if (service == name) used = base, wanted = 1;
      }
      for (const auto& [name, base] : kSeveral) {
        if (service == name) used = base, wanted = 2;
      }
      if (provided_.services.count(used) < wanted) {
        return place.refuse(
            "saip.service", upp_,
            "the header demands the service " + service + ", but no element uses it");
      }
    }
    return {};
  }

  Result<void> check_puk_references() const {
    for (const auto& [reference, where] : provided_.puk_wanted) {
      if (provided_.puk_references.contains(reference)) continue;
      return Place{upp_, "pinCodes"}.refuse("saip.pin", where, "its PUK is in no pukCodes element");
    }
    return {};
  }

  ByteView upp_;
  Package package_{.iccid = placeholder()};
  Provided provided_;
  std::map<Tag, int> seen_;
  std::set<std::uint64_t> identifications_;
  bool ended_ = false;

  // The header, which comes first or nothing does, replaces it.
  static Iccid placeholder() { return *Iccid::parse("000000000000000000"); }
};

}  // namespace

Result<Package> validate(ByteView upp) { return Validator(upp).run(); }

}  // namespace berth::saip
