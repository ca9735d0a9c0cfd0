// ES2+.HandleDownloadProgressInfo (SGP.22 §5.3.5) the other way round: a partner's SM-DP+ tells
// what became of its tenant's downloads. It becomes the events, usage facts and audit records that
// a download of ours makes, each marked as the partner's word (R38, R40).

#pragma once

#include "kernel/context/tenant_context.h"
#include "kernel/rsp/sgp22/es2_messages.h"
#include "kernel/smdpplus/failure.h"

namespace berth::smdpplus {

// One commit, at most once for (requester, call identifier): the same report again is taken and
// changes nothing. Refused: 8.1.1/3.8 and 8.2.1/3.9 when the routes say that EID or ICCID are not
// this tenant's, whoever's they are; 1.3.1/2.1 when resultData is no ProfileInstallationResult, or
// of another profile or outcome than the report; 1.6/3.3 for another report under a call identifier
// that was used. The signature in resultData cannot be verified here, as the card's certificate was
// shown to the partner: no evidence is made of it. Thread-safe.
Result<void, Failure> handle_progress_info(context::TenantContext& tenant,
                                           const rsp::sgp22::ReportedProgress& report);

}  // namespace berth::smdpplus
