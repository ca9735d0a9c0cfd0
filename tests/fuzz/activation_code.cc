// Activation codes as people paste them.

#include "kernel/rsp/sgp22/activation_code.h"

#include "tests/fuzz/fuzz.h"

namespace berth::fuzz {

void one_input(ByteView input) {
  using rsp::sgp22::ActivationCode;
  const auto code = ActivationCode::parse(as_text(input));
  if (!code) return;
  const auto text = code->text();
  if (!text) return;  // longer than a QR code may be
  must_hold(text->size() <= 255, "a code fits its QR symbol");
  const auto again = ActivationCode::parse(*text);
  must_hold(again.ok(), "what is written can be read");
  must_hold(again->smdp_address == code->smdp_address && again->matching_id == code->matching_id &&
                again->smdp_oid == code->smdp_oid &&
                again->confirmation_code_required == code->confirmation_code_required,
            "and says the same");
  must_hold(again->text().ok() && *again->text() == *text, "in one form");
}

}  // namespace berth::fuzz
