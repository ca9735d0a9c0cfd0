// A whole test PKI as files, for demos and tests. Never for production.
//
//   ci.pem ci.key.pem eum.pem eum.key.pem dpauth.pem dpauth.key.pem dppb.pem dppb.key.pem
//   euicc-<EID>.pem euicc-<EID>.key.pem tls/<realm>.pem tls/<realm>.key.pem

#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "kernel/base/clock.h"
#include "kernel/base/curve.h"
#include "kernel/base/random.h"
#include "kernel/base/result.h"

namespace berth::berthctl {

struct TestPkiRequest {
  std::filesystem::path folder;
  std::vector<std::string> realms;
  std::vector<std::string> eids;
  Curve curve = Curve::kP256;
};

// Makes the folder (0700) and writes everything; keys are mode 0600 from the first octet. Refuses
// a folder that holds anything already: "berthctl.folder_not_empty". Returns the files written.
Result<std::vector<std::filesystem::path>> create_test_pki(const TestPkiRequest& request,
                                                           const Clock& clock, Random& random);

}  // namespace berth::berthctl
