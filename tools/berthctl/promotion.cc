#include "tools/berthctl/promotion.h"

#include <sys/stat.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>

#include "kernel/base/bytes.h"

namespace berth::berthctl {
namespace {

namespace fs = std::filesystem;
using nlohmann::ordered_json;
using Json = ordered_json;

constexpr std::size_t kMasterKeyOctets = 32;

Error refuse(const fs::path& file, const std::string& what) {
  return {ErrorCode::kFailedPrecondition, "berthctl.promote", file.string() + ": " + what};
}

Result<Json> read_json(const fs::path& file) {
  std::ifstream input(file, std::ios::binary);
  Json value = Json::parse(input, nullptr, false);
  if (!input || !value.is_object()) return refuse(file, "is no JSON object that can be read");
  return value;
}

// What a file says of another, as everybody else would say it.
void make_absolute(Json& path, const fs::path& file) {
  if (path.is_array()) {
    for (Json& one : path) make_absolute(one, file);
  } else if (path.is_string()) {
    path = (fs::absolute(file).parent_path() / path.get<std::string>()).lexically_normal();
  }
}
void make_absolute(Json& object, const char* member, const fs::path& file) {
  if (object.is_object() && object.contains(member)) make_absolute(object[member], file);
}
void make_tls_absolute(Json& tls, const fs::path& file) {
  make_absolute(tls, "certificateChain", file);
  make_absolute(tls, "privateKey", file);
}
// In a plugin's own object strings that look like relative paths are some.
void make_config_absolute(Json& value, const fs::path& file) {
  if (value.is_structured()) {
    for (Json& child : value) make_config_absolute(child, file);
  } else if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.starts_with("./") || text.starts_with("../")) make_absolute(value, file);
  }
}

struct TenantFile {
  fs::path path;
  Json value;
};

Result<TenantFile> find_tenant(const PromotionWish& wish, const Json& host) {
  Json places = host.value("tenants", Json());
  make_absolute(places, wish.host_file);
  std::vector<fs::path> files;
  if (places.is_string()) {
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(places.get<std::string>(), failure)) {
      if (entry.path().extension() == ".json") files.push_back(entry.path());
    }
  } else if (places.is_array()) {
    for (const Json& one : places) files.emplace_back(one.get<std::string>());
  }
  for (const fs::path& file : files) {
    BERTH_TRY(value, read_json(file));
    if (value.value("tenantId", Json()) == wish.tenant) return TenantFile{file, value};
  }
  return refuse(wish.host_file, "tenants: none of them is '" + wish.tenant + "'");
}

// The tenant's own binding, or the common host's with places of its own where these are known.
Result<Json> binding(const PromotionWish& wish, const char* slot, const Json& host,
                     const TenantFile& tenant) {
  const bool own = tenant.value.contains(slot);
  const fs::path& file = own ? tenant.path : wish.host_file;
  Json found = own ? tenant.value.at(slot) : host.value(slot, Json::object());
  make_absolute(found, "library", file);
  if (own) {
    if (found.contains("config")) make_config_absolute(found["config"], file);
    return found;
  }
  const std::string library = fs::path(found.value("library", "")).filename();
  if (library == "softkeys.so") {
    found["config"] = {{"folder", "../keys"}, {"masterKeyFile", "./keys.hex"}};
  } else if (library == "filesystem.so") {
    found["config"] = {{"folder", "../objects"}};
  } else {
    return refuse(file,
                  std::string(slot) + ": " + library +
                      " would be shared with other tenants; bind one of the tenant's own in " +
                      tenant.path.string() + " first");
  }
  return found;
}

Result<Json> host_of_its_own(const PromotionWish& wish, const Json& common,
                             const TenantFile& tenant) {
  Json host = {{"profile", common.value("profile", "production")}};
  for (const char* member : {"plugins", "certificateIssuers", "revocationLists", "limits",
                             "sessionLifetimeMs", "maxSessionsPerTenant"}) {
    if (common.contains(member)) host[member] = common.at(member);
  }
  make_absolute(host, "certificateIssuers", wish.host_file);
  make_absolute(host, "revocationLists", wish.host_file);
  make_absolute(host["plugins"], "trustedKeys", wish.host_file);
  make_absolute(host["plugins"], "hostProgram", wish.host_file);
  if (host["plugins"].is_null()) host.erase("plugins");
  host.update({{"dataFolder", "../data"},
               {"es9Listen", "unix:../es9.sock"},
               {"operatorSocket", "../operator.sock"},
               {"routes", "routes.json"},
               {"tenants", "tenants"},
               {"smdp", Json::array()}});
  for (const char* slot : {"hsm", "storage"}) {
    BERTH_TRY(found, binding(wish, slot, common, tenant));
    host[slot] = std::move(found);
  }
  return host;
}

Result<Json> routes_of(const PromotionWish& wish, const Json& host) {
  Json place = host.value("routes", Json(""));
  make_absolute(place, wish.host_file);
  BERTH_TRY(all, read_json(place.get<std::string>()));
  Json own = {{"tenantRoutes", Json::array()}, {"defaultAction", "reject"}};
  for (const Json& route : all.value("tenantRoutes", Json::array())) {
    if (route.value("tenantId", Json()) == wish.tenant) own["tenantRoutes"].push_back(route);
  }
  return own;
}

Json tenant_of_its_own(const TenantFile& tenant) {
  Json value = tenant.value;
  for (const char* slot : {"hsm", "storage", "hsmNext"}) value.erase(slot);
  if (value.contains("tls")) make_tls_absolute(value["tls"], tenant.path);
  if (value.contains("tlsAlternatives")) {
    for (Json& tls : value["tlsAlternatives"]) make_tls_absolute(tls, tenant.path);
  }
  if (value.contains("progress")) {
    make_absolute(value["progress"], "serverCa", tenant.path);
    if (value["progress"].contains("client")) {
      make_tls_absolute(value["progress"]["client"], tenant.path);
    }
  }
  return value;
}

Result<void> check_tenant(const TenantFile& tenant) {
  if (tenant.value.value("topology", "shared") != "shared") {
    return refuse(tenant.path,
                  "topology: the tenant is not shared, so there is nothing to promote");
  }
  if (tenant.value.value("eidPolicy", "managed") != "managed") {
    return refuse(tenant.path,
                  "eidPolicy: a host of its own does not know which cards other tenants manage, so "
                  "only managed tenants have one");
  }
  return {};
}

}  // namespace

Result<Promotion> plan_promotion(const PromotionWish& wish, Random& random) {
  try {
    BERTH_TRY(common, read_json(wish.host_file));
    BERTH_TRY(tenant, find_tenant(wish, common));
    BERTH_TRY_VOID(check_tenant(tenant));
    BERTH_TRY(host, host_of_its_own(wish, common, tenant));
    BERTH_TRY(routes, routes_of(wish, common));
    Promotion promotion{fs::absolute(wish.folder).lexically_normal(), {}};
    Json left = {{"tenantId", wish.tenant},
                 {"displayName", tenant.value.value("displayName", wish.tenant)},
                 {"topology", "dedicated"},
                 {"endpoint", "unix:" + (promotion.folder / "es9.sock").string()}};
    std::array<std::uint8_t, kMasterKeyOctets> key{};
    random.fill(key);
    promotion.files = {
        {"etc/host.json", host.dump(2) + "\n"},
        {"etc/routes.json", routes.dump(2) + "\n"},
        {"etc/tenants/" + wish.tenant + ".json", tenant_of_its_own(tenant).dump(2) + "\n"},
        {"common/" + wish.tenant + ".json", left.dump(2) + "\n"}};
    if (host.at("hsm").value("library", "").ends_with("softkeys.so")) {
      promotion.files["etc/keys.hex"] = to_hex(key) + "\n";
    }
    if (wish.for_move) promotion.files["data/tenants/" + wish.tenant + ".away"] = "";
    return promotion;
  } catch (const nlohmann::json::exception& e) {  // a member of another type than it has to be
    return refuse(wish.host_file, e.what());
  }
}

Result<void> write(const Promotion& promotion) {
  const auto fail = [](const fs::path& path, const std::string& why) {
    return Error(ErrorCode::kFailedPrecondition, "berthctl.file", path.string() + ": " + why);
  };
  std::error_code failure;
  if (fs::exists(promotion.folder, failure)) {
    return fail(promotion.folder, "is there already; name a folder that is not");
  }
  for (const char* sub : {"etc/tenants", "common", "data", "data/tenants", "keys", "objects"}) {
    fs::create_directories(promotion.folder / sub, failure);
    fs::permissions(promotion.folder / sub, fs::perms::owner_all, failure);
    if (failure) return fail(promotion.folder / sub, failure.message());
  }
  for (const auto& [name, text] : promotion.files) {
    const fs::path file = promotion.folder / name;
    std::ofstream output(file, std::ios::binary);
    ::chmod(file.c_str(), S_IRUSR | S_IWUSR);
    output << text << std::flush;
    if (!output) return fail(file, "cannot be written");
  }
  return {};
}

}  // namespace berth::berthctl
