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
    BERTH_TRY(prefixes, read_prefixes());
    BERTH_TRY(operators, read_operators());
    BERTH_TRY(former, read_former_realms());
    return Route{*std::move(tenant),
                 std::move(prefixes),
                 std::move(operators),
                 *std::move(realm),
                 std::string(text("smdpEndpoint")),
                 std::move(former)};
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

  Result<std::vector<EidPrefix>> read_prefixes() const {
    if (!route_.contains("eidPrefix") && !route_.contains("eidPrefixes")) {
      return refuse(document_, path_,
                    "neither eidPrefix nor eidPrefixes; a tenant that manages no cards says so "
                    "with \"eidPrefixes\": []");
    }
    std::vector<EidPrefix> prefixes;
    if (route_.contains("eidPrefix")) prefixes.push_back({std::string(text("eidPrefix"))});
    for (const json& prefix : route_.value("eidPrefixes", json::array())) {
      prefixes.push_back({prefix.get<std::string>()});
    }
    return prefixes;
  }

  Result<std::vector<HostName>> read_former_realms() const {
    std::vector<HostName> realms;
    for (const json& name : route_.value("formerRealms", json::array())) {
      auto realm = HostName::parse(name.get_ref<const std::string&>());
      if (!realm) {
        return wrong(".formerRealms[" + std::to_string(realms.size()) + "]", realm.error());
      }
      realms.push_back(*std::move(realm));
    }
    return realms;
  }

  Result<std::vector<OperatorIdentity>> read_operators() const {
    if (!route_.contains("mccMnc") && !route_.contains("operators")) {
      return refuse(document_, path_, "neither mccMnc nor operators; name the tenant's operators");
    }
    std::vector<OperatorIdentity> operators;
    std::size_t index = 0;
    for (const json& digits : route_.value("mccMnc", json::array())) {
      auto mcc_mnc = MccMnc::parse(digits.get_ref<const std::string&>());
      if (!mcc_mnc) return wrong(".mccMnc[" + std::to_string(index) + "]", mcc_mnc.error());
      operators.push_back({*std::move(mcc_mnc), "", ""});
      ++index;
    }
    index = 0;
    for (const json& entry : route_.value("operators", json::array())) {
      const std::string where = ".operators[" + std::to_string(index) + "]";
      auto mcc_mnc = MccMnc::parse(entry.at("mccMnc").get_ref<const std::string&>());
      if (!mcc_mnc) return wrong(where + ".mccMnc", mcc_mnc.error());
      operators.push_back({*std::move(mcc_mnc), entry.value("gid1", ""), entry.value("gid2", "")});
      ++index;
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
