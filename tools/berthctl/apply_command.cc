// berthctl order apply: brings a test host to what a file says, and says what that took.

#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "tools/berthctl/apply_file.h"
#include "tools/berthctl/commands.h"
#include "tools/berthctl/output.h"
#include "tools/berthctl/usage.h"

namespace berth::berthctl {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

class Applying {
 public:
  Applying(Context& context, const std::string& tenant, bool dry_run)
      : context_(context),
        client_(context.client()),
        address_("/v1/tenants/" + percent_encode(tenant)),
        dry_run_(dry_run) {}

  // Packages fit their types and orders their packages, so that is the order; what fails does not
  // keep the rest from being done.
  void run(const ApplyPlan& plan) {
    for (const ApplyProfileType& type : plan.profile_types) define(type);
    for (const ApplyPackage& package : plan.packages) import(package);
    for (const ApplyOrder& order : plan.orders) place(order);
    show();
  }

 private:
  void note(const char* kind, const std::string& name, bool changed, const char* done,
            const std::string& detail) {
    const std::string what = !changed   ? "unchanged"
                             : dry_run_ ? "would be " + std::string(done)
                                        : done;
    changed_ = changed_ || changed;
    report_.push_back({{"kind", kind}, {"name", name}, {"done", what}, {"detail", detail}});
  }
  void failed(const std::string& path, const Error& error) {
    context_.fail(Error(error.code(), error.reason(), path + ": " + error.message()));
  }

  void define(const ApplyProfileType& type) {
    const auto answer = client_.put(
        address_ + "/profile-types/" + percent_encode(type.name) + (dry_run_ ? "?dryRun=true" : ""),
        json::parse(type.document));
    if (!answer) return failed(type.path, answer.error());
    note("profile type", type.name, answer->at("changed"), "defined", "");
  }

  void import(const ApplyPackage& package) {
    const json body = json::parse(package.body);
    auto answer = client_.post(address_ + "/profiles?dryRun=true", body);
    if (!answer) return failed(package.path, answer.error());
    const bool exists = answer->at("exists");
    if (!exists && !dry_run_) {
      answer = client_.post(address_ + "/profiles", body);
      if (!answer) return failed(package.path, answer.error());
    }
    const std::string iccid = answer->at("iccid");
    iccids_[package.file] = iccid;
    note("package", package.file, !exists, "imported", iccid);
  }

  void place(const ApplyOrder& order) {
    json body = json::parse(order.body);
    if (!order.package.empty()) {
      const auto iccid = iccids_.find(order.package);
      if (iccid == iccids_.end()) {
        return failed(order.path, Error(ErrorCode::kFailedPrecondition, "berthctl.apply",
                                        "its package was not imported"));
      }
      body["iccid"] = iccid->second;
    }
    auto answer = client_.get(address_ + "/orders?identifier=" + percent_encode(order.id));
    const bool exists = answer.ok();
    if (!exists && answer.error().reason() != "order.unknown") {
      return failed(order.path, answer.error());
    }
    // Asked again even when it is there: another order under the same id is refused.
    if (!dry_run_) answer = client_.post(address_ + "/orders", body);
    if (!answer && !(dry_run_ && !exists)) return failed(order.path, answer.error());
    note("order", order.id, !exists, "placed",
         answer ? "LPA:" + answer->at("activationCode").get<std::string>() : std::string());
  }

  void show() {
    if (context_.json) {
      std::cout << ordered_json{{"changed", changed_}, {"steps", report_}}.dump(2) << '\n';
      return;
    }
    std::vector<std::vector<std::string>> rows;
    for (const ordered_json& step : report_) {
      rows.push_back({step.at("kind"), printable(step.at("name").get<std::string>()),
                      step.at("done"), printable(step.at("detail").get<std::string>())});
    }
    std::cout << table(rows);
    if (!changed_) std::cout << "nothing changed\n";
  }

  Context& context_;
  Client client_;
  std::string address_;
  bool dry_run_;
  bool changed_ = false;
  std::map<std::string, std::string> iccids_;  // by file
  ordered_json report_ = ordered_json::array();
};

}  // namespace

void apply_file(Context& context, const std::string& tenant, const std::string& file,
                bool dry_run) {
  const Result<Bytes> octets = read_file(file, kMaxApplyFile);
  if (!octets) return context.fail(octets.error());
  const auto plan = read_apply_file(as_text(*octets), std::filesystem::path(file).parent_path());
  if (plan) return Applying(context, tenant, dry_run).run(*plan);
  for (const std::string& problem : plan.error().problems) {
    context.fail(Error(ErrorCode::kInvalidArgument, "berthctl.apply", file + ": " + problem));
  }
}

}  // namespace berth::berthctl
