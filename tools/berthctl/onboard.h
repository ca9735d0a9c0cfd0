// Takes a new tenant into a host's files: the tenant's file and its route, checked together with
// everything that is there by the very code that loads them, before anything is replaced.

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "kernel/base/result.h"

namespace berth::berthctl {

// One thing a new tenant needs, and whether it is there.
struct OnboardItem {
  std::string what;  // "certificate of rsp.acme.example"
  bool there = false;
  std::string remedy;           // what to do when it is not; empty when it is
  bool for_activation = false;  // else already for the sandbox
};

struct Onboarded {
  std::filesystem::path tenant_file;  // written, or what would be
  std::filesystem::path routes_file;
  std::vector<OnboardItem> items;
};

// `document`: a tenant file's members and `route`: those of a route but its tenantId. Errors, after
// which every file is as it was: "berthctl.onboard" (the document or the host's files are not of
// the form), "berthctl.file", and those of the load ("configuration.*", "routes.*"), whose messages
// name drafts beside the files ("….onboard"), which are gone by then.
Result<Onboarded> onboard(const std::filesystem::path& host_file,
                          const nlohmann::ordered_json& document, bool dry_run);

// A document from answers to questions: name and answer. Empty answers leave a member out.
// "berthctl.onboard" names an answer that is missing.
struct OnboardQuestion {
  std::string name;
  std::string text;
  bool needed = false;
};
std::vector<OnboardQuestion> onboard_questions();
Result<nlohmann::ordered_json> document_of(
    const std::vector<std::pair<std::string, std::string>>& answers);

}  // namespace berth::berthctl
