#include <nlohmann/json.hpp>
#include <set>

#include "kernel/tenancy/configuration_files.h"
#include "kernel/tenancy/routes.h"
#include "kernel/tenancy/schemas.h"

namespace berth::tenancy {
namespace {

using nlohmann::json;

// The reader of one route; `path` is where it stands, for messages.
class RouteReader {
 public:
  RouteReader(const json& route, std::string path, const Document& document)
      : route_(route), path_(std::move(path)), document_(document) {}

  Result<Route> read() const {
    auto tenant = TenantId::parse(text("tenantId"));
    if (!tenant) return wrong(".tenantId", tenant.error());
    auto realm = HostName::parse(text("activationRealm"));
    if (!realm) return wrong(".activationRealm", realm.error());
    BERTH_TRY_VOID(check_endpoint());
    BERTH_TRY_VOID(check_cards());
    BERTH_TRY(ranges, read_ranges(route_, "", "eidRanges", kEid));
    BERTH_TRY(eids, read_eids());
    BERTH_TRY(operators, read_operators());
    BERTH_TRY(former, read_realms("formerRealms"));
    BERTH_TRY(further, read_realms("activationRealms"));
    BERTH_TRY(iccids, read_ranges(route_, "", "iccidRanges", kIccid));
    return Route{*std::move(tenant),
                 read_prefixes(),
                 std::move(operators),
                 *std::move(realm),
                 std::string(text("smdpEndpoint")),
                 std::move(former),
                 std::move(further),
                 std::move(ranges),
                 std::move(eids),
                 std::move(iccids)};
  }

 private:
  std::string_view text(const char* name) const {
    return route_.at(name).get_ref<const std::string&>();
  }

  Error wrong(const std::string& where, const Error& cause) const {
    return refuse(document_, path_ + where, cause.message());
  }

  Result<void> check_endpoint() const {
    if (!is_https_url(text("smdpEndpoint"))) {
      return refuse(document_, path_ + ".smdpEndpoint",
                    "not a URL of the form https://host[:port]/path");
    }
    return {};
  }

  Result<void> check_cards() const {
    for (const char* member : {"eidPrefix", "eidPrefixes", "eidRanges", "eids"}) {
      if (route_.contains(member)) return {};
    }
    return refuse(document_, path_,
                  "none of eidPrefix, eidPrefixes, eidRanges, eids; a tenant that manages no cards "
                  "says so with \"eidPrefixes\": []");
  }

  std::vector<EidPrefix> read_prefixes() const {
    std::vector<EidPrefix> prefixes;
    if (route_.contains("eidPrefix")) prefixes.push_back({std::string(text("eidPrefix"))});
    if (!route_.contains("eidPrefixes")) return prefixes;
    for (const json& prefix : route_.at("eidPrefixes")) {
      prefixes.push_back({prefix.get<std::string>()});
    }
    return prefixes;
  }

  // What a range is of: how many digits, and what it is called.
  struct RangeKind {
    std::size_t digits_min;
    std::size_t digits_max;
    const char* what;
  };
  static constexpr RangeKind kEid{32, 32, "both ends are EIDs of 32 digits"};
  static constexpr RangeKind kIccid{18, 20, "both ends are ICCIDs of the same 18 to 20 digits"};
  static constexpr RangeKind kImsi{6, 15, "both ends are IMSIs of the same 6 to 15 digits"};

  Result<std::vector<DigitRange>> read_ranges(const json& from, const std::string& inside,
                                              const char* member, const RangeKind& kind) const {
    std::vector<DigitRange> ranges;
    if (!from.contains(member)) return ranges;
    for (const json& range : from.at(member)) {
      const auto& first = range.at("from").get_ref<const std::string&>();
      const auto& last = range.at("to").get_ref<const std::string&>();
      const std::string where =
          path_ + inside + "." + member + "[" + std::to_string(ranges.size()) + "]";
      if (first.size() != last.size() || first.size() < kind.digits_min ||
          first.size() > kind.digits_max) {
        return refuse(document_, where, kind.what);
      }
      if (last < first) return refuse(document_, where, "'to' is smaller than 'from'; swap them");
      ranges.push_back({Digits::of(first), Digits::of(last)});
    }
    return ranges;
  }

  // People and their systems write these, so a digit that went wrong shows in the check digits.
  Result<std::vector<Eid>> read_eids() const {
    std::vector<Eid> eids;
    if (!route_.contains("eids")) return eids;
    eids.reserve(route_.at("eids").size());
    for (const json& digits : route_.at("eids")) {
      const std::string where = ".eids[" + std::to_string(eids.size()) + "]";
      auto eid = Eid::parse(digits.get_ref<const std::string&>());
      if (!eid) return wrong(where, eid.error());
      if (!eid->check_digits_ok()) {
        return refuse(document_, path_ + where,
                      "the check digits of EID " + eid->masked() + " are wrong; correct the EID");
      }
      eids.push_back(*std::move(eid));
    }
    return eids;
  }

  Result<std::vector<HostName>> read_realms(const char* member) const {
    std::vector<HostName> realms;
    if (!route_.contains(member)) return realms;
    for (const json& name : route_.at(member)) {
      auto realm = HostName::parse(name.get_ref<const std::string&>());
      if (!realm) {
        return wrong("." + std::string(member) + "[" + std::to_string(realms.size()) + "]",
                     realm.error());
      }
      realms.push_back(*std::move(realm));
    }
    return realms;
  }

  // One claim for each pair of an IMSI and an ICCID range.
  Result<void> read_operator(const json& entry, std::size_t index,
                             std::vector<OperatorClaim>& operators) const {
    const std::string where = ".operators[" + std::to_string(index) + "]";
    auto mcc_mnc = MccMnc::parse(entry.at("mccMnc").get_ref<const std::string&>());
    if (!mcc_mnc) return wrong(where + ".mccMnc", mcc_mnc.error());
    const OperatorIdentity identity{*mcc_mnc, entry.value("gid1", ""), entry.value("gid2", "")};
    BERTH_TRY(imsis, read_ranges(entry, where, "imsiRanges", kImsi));
    BERTH_TRY(iccids, read_ranges(entry, where, "iccidRanges", kIccid));
    for (const DigitRange& range : imsis) {
      if (range.first.text().starts_with(mcc_mnc->text()) &&
          range.last.text().starts_with(mcc_mnc->text())) {
        continue;
      }
      return refuse(document_, path_ + where + ".imsiRanges",
                    "both ends of " + range.text() + " must begin with the operator's mccMnc " +
                        mcc_mnc->text());
    }
    const std::vector<std::optional<DigitRange>> any{std::nullopt};
    const std::vector<std::optional<DigitRange>> of_imsi(imsis.begin(), imsis.end());
    const std::vector<std::optional<DigitRange>> of_iccid(iccids.begin(), iccids.end());
    for (const auto& imsi : imsis.empty() ? any : of_imsi) {
      for (const auto& iccid : iccids.empty() ? any : of_iccid) {
        if (operators.size() >= kMaxOperatorsPerRoute) {
          return refuse(document_, path_ + where,
                        "more than " + std::to_string(kMaxOperatorsPerRoute) +
                            " operators and pairs of their ranges; join ranges");
        }
        operators.emplace_back(identity, imsi, iccid);
      }
    }
    return {};
  }

  Result<std::vector<OperatorClaim>> read_operators() const {
    if (!route_.contains("mccMnc") && !route_.contains("operators")) {
      return refuse(document_, path_, "neither mccMnc nor operators; name the tenant's operators");
    }
    std::vector<OperatorClaim> operators;
    for (const json& digits : route_.value("mccMnc", json::array())) {
      auto mcc_mnc = MccMnc::parse(digits.get_ref<const std::string&>());
      if (!mcc_mnc) {
        return wrong(".mccMnc[" + std::to_string(operators.size()) + "]", mcc_mnc.error());
      }
      operators.emplace_back(OperatorIdentity{*std::move(mcc_mnc), "", ""});
    }
    std::size_t index = 0;
    for (const json& entry : route_.value("operators", json::array())) {
      BERTH_TRY_VOID(read_operator(entry, index++, operators));
    }
    if (operators.empty()) {
      return refuse(document_, path_, "no operator; an empty list would refuse every profile");
    }
    return operators;
  }

  const json& route_;
  std::string path_;
  const Document& document_;
};

Result<void> check_default_action(const json& value, const Document& document) {
  if (!value.is_object() || !value.contains("defaultAction")) return {};  // the schema says it
  const json& action = value.at("defaultAction");
  if (action == "reject") return {};
  return Error(ErrorCode::kInvalidArgument, "routes.default_action",
               std::string(document.source) +
                   ": defaultAction: only \"reject\" is accepted; a fallback tenant would get "
                   "other tenants' requests");
}

}  // namespace

Result<RouteTable> parse_routes(std::string_view text, std::string_view source) {
  const Document document{source, "routes.invalid", routes_schema()};
  if (text.size() > kMaxRoutesBytes) {
    return refuse(document, "", "larger than " + std::to_string(kMaxRoutesBytes) + " octets");
  }
  BERTH_TRY(value, parse_document(text, document));
  BERTH_TRY_VOID(check_default_action(value, document));
  BERTH_TRY_VOID(check_schema(value, document));
  std::vector<Route> routes;
  const json& entries = value.at("tenantRoutes");
  for (std::size_t i = 0; i < entries.size(); ++i) {
    BERTH_TRY(route,
              RouteReader(entries[i], "tenantRoutes[" + std::to_string(i) + "]", document).read());
    routes.push_back(std::move(route));
  }
  auto table = RouteTable::build(std::move(routes));
  if (!table) return std::move(table).error().within(source);
  return table;
}

}  // namespace berth::tenancy
