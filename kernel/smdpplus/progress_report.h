// ES2+.HandleDownloadProgressInfo (SGP.22 §5.3.5) as part of the commit it tells of: the report is
// written with the state and sent later, in order for each ICCID.

#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "kernel/context/tenant_context.h"
#include "kernel/ledger/unit.h"
#include "kernel/rsp/rsp_error.h"

namespace berth::smdpplus {

// notificationPointId
inline constexpr std::uint32_t kPointEligibility = 1;  // AuthenticateClient decided
inline constexpr std::uint32_t kPointConfirmationCode =
    2;  // GetBoundProfilePackage, orders with a code
inline constexpr std::uint32_t kPointDelivered = 3;
inline constexpr std::uint32_t kPointInstalled = 4;

struct Progress {
  std::uint32_t point = 0;
  std::optional<Eid> eid;
  Iccid iccid;
  std::string profile_type;
  std::optional<rsp::RspError> failure;  // none: Executed-Success
  Bytes result_data;                     // BF37 of point 4
};

// Adds the report to the unit; nothing when the tenant has no endpoint or wants no such point.
void add_progress(const context::TenantContext& tenant, ledger::Unit& unit,
                  const Progress& progress);

}  // namespace berth::smdpplus
