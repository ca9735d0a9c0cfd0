#include "tools/berthctl/apply_file.h"

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

namespace berth::berthctl {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxPackageBytes = 1024 * 1024;
constexpr std::size_t kMaxIdOctets = 128;

// What "state" stands for in the body of an order.
const std::map<std::string, json> kStates = {
    {"released", json::object()},
    {"notReleased", {{"release", false}}},
    {"expired", {{"preset", {{"expired", true}}}}},
    {"attemptsUsedUp", {{"preset", {{"attemptsUsedUp", true}}}}},
    {"codeAttemptsUsedUp", {{"preset", {{"codeAttemptsUsedUp", true}}}}},
};

class Reader {
 public:
  explicit Reader(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void read(const json& root) {
    if (!root.is_object()) return problem("$", "the file must hold a JSON object");
    check_members(root, "$", {"profileTypes", "packages", "orders"});
    each(root, "profileTypes",
         [this](const json& one, const std::string& path) { read_profile_type(one, path); });
    each(root, "packages",
         [this](const json& one, const std::string& path) { read_package(one, path); });
    each(root, "orders",
         [this](const json& one, const std::string& path) { read_order(one, path); });
  }

  ApplyPlan plan;
  std::vector<std::string> problems;

 private:
  void problem(const std::string& path, const std::string& what) {
    problems.push_back(path + ": " + what);
  }

  void check_members(const json& object, const std::string& path,
                     const std::set<std::string>& known) {
    for (const auto& [name, value] : object.items()) {
      if (known.count(name) == 0) problem(path, "has a member this program does not know");
    }
  }

  template <class Take>
  void each(const json& root, const char* name, Take take) {
    const auto list = root.find(name);
    if (list == root.end()) return;
    if (!list->is_array() || list->size() > kMaxApplyEntries) {
      return problem(name, "must be a list of at most " + std::to_string(kMaxApplyEntries));
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
      const std::string path = std::string(name) + "[" + std::to_string(i) + "]";
      if (!(*list)[i].is_object()) {
        problem(path, "must be an object");
      } else {
        take((*list)[i], path);
      }
    }
  }

  // Empty, with a problem, unless it is text.
  std::string text(const json& object, const char* name, const std::string& path) {
    const auto found = object.find(name);
    const std::string* value =
        found == object.end() ? nullptr : found->get_ptr<const std::string*>();
    if (value != nullptr && !value->empty()) return *value;
    problem(path + "." + name, "must be text");
    return {};
  }

  void read_profile_type(const json& one, const std::string& path) {
    const std::string name = text(one, "name", path);
    if (!name.empty()) plan.profile_types.push_back({path, name, one.dump()});
  }

  void read_package(const json& one, const std::string& path) {
    check_members(
        one, path,
        {"file", "profileType", "serviceProviderName", "profileName", "mccMnc", "gid1", "gid2"});
    const std::string file = text(one, "file", path);
    text(one, "profileType", path);
    if (file.empty()) return;
    if (!files_.insert(file).second) return problem(path + ".file", "is named twice");
    std::ifstream input(folder_ / file, std::ios::binary);
    Bytes octets;
    if (input) octets.assign(std::istreambuf_iterator<char>(input), {});
    if (!input || octets.empty() || octets.size() > kMaxPackageBytes) {
      return problem(path + ".file", "cannot be read, is empty or too large");
    }
    json body = one;
    body.erase("file");
    body["package"] = to_base64(octets);
    plan.packages.push_back({path, file, body.dump()});
  }

  void read_order(const json& one, const std::string& path) {
    check_members(one, path,
                  {"id", "package", "iccid", "profileType", "state", "eid", "matchingId",
                   "confirmationCode", "correlationId", "defaultUse", "lifetimeMs", "expiresAt"});
    const std::string id = text(one, "id", path);
    if (id.size() > kMaxIdOctets) problem(path + ".id", "has more than 128 octets");
    if (!id.empty() && !ids_.insert(id).second) problem(path + ".id", "is another order's, too");
    const int named =
        static_cast<int>(one.count("package") + one.count("iccid") + one.count("profileType"));
    if (named != 1) problem(path, "names its profile by one of package, iccid and profileType");
    json body = one;
    std::string package;
    if (one.contains("package")) {
      package = text(one, "package", path);
      if (!package.empty() && files_.count(package) == 0) {
        problem(path + ".package", "is no file of packages");
      }
    }
    if (one.contains("state")) {
      const std::string state = text(one, "state", path);
      const auto meaning = kStates.find(state);
      if (meaning == kStates.end()) {
        problem(path + ".state",
                "is none of released, notReleased, expired, attemptsUsedUp, codeAttemptsUsedUp");
      } else {
        body.update(meaning->second);
      }
    }
    for (const char* ours : {"id", "package", "state"}) body.erase(ours);
    body["identifier"] = id;
    plan.orders.push_back({path, id, package, body.dump()});
  }

  std::filesystem::path folder_;
  std::set<std::string> files_;
  std::set<std::string> ids_;
};

}  // namespace

Result<ApplyPlan, ApplyProblems> read_apply_file(std::string_view text,
                                                 const std::filesystem::path& folder) {
  const json root = json::parse(text, nullptr, false);
  if (root.is_discarded()) return ApplyProblems{{"$: is no JSON"}};
  Reader reader(folder);
  reader.read(root);
  if (!reader.problems.empty()) return ApplyProblems{std::move(reader.problems)};
  return std::move(reader.plan);
}

}  // namespace berth::berthctl
