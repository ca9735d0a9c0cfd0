#include "answers.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "xml.h"

namespace s3 {
namespace {

using berth::sdk::Error;

constexpr std::size_t kMaxPrintable = 200;
constexpr std::uint32_t kDefaultRetryAfterMs = 1'000;

struct Meaning {
  std::string_view code;  // S3's
  berth_status status;
  std::string_view reason;
  std::string_view text;
};

// S3's code decides; the status only where no document came along (to HEAD, or from a proxy).
constexpr std::array kByCode = {
    Meaning{"InvalidAccessKeyId", BERTH_UNAUTHENTICATED, "s3.credentials",
            "the store does not know the access key; correct /credentialsFile"},
    Meaning{"SignatureDoesNotMatch", BERTH_UNAUTHENTICATED, "s3.credentials",
            "the secret access key is not the one of the access key; correct /credentialsFile"},
    Meaning{"InvalidToken", BERTH_UNAUTHENTICATED, "s3.credentials",
            "the session token is not valid; renew /credentialsFile"},
    Meaning{"ExpiredToken", BERTH_UNAUTHENTICATED, "s3.credentials",
            "the session token has expired; renew /credentialsFile"},
    Meaning{"RequestTimeTooSkewed", BERTH_FAILED_PRECONDITION, "s3.clock",
            "this host's clock and the store's differ too much; synchronise them"},
    Meaning{"AccessDenied", BERTH_PERMISSION_DENIED, "s3.denied",
            "the credentials do not allow this; the README has the policy that is needed"},
    Meaning{"NoSuchBucket", BERTH_FAILED_PRECONDITION, "s3.no_bucket",
            "the bucket does not exist; create it, or correct /bucket"},
    Meaning{"NoSuchKey", BERTH_NOT_FOUND, "storage.not_found", "there is no such object"},
    Meaning{"PermanentRedirect", BERTH_FAILED_PRECONDITION, "s3.redirect",
            "the bucket is served at another endpoint; correct /endpoint and /region"},
    Meaning{"TemporaryRedirect", BERTH_FAILED_PRECONDITION, "s3.redirect",
            "the bucket is served at another endpoint; correct /endpoint and /region"},
    Meaning{"AuthorizationHeaderMalformed", BERTH_FAILED_PRECONDITION, "s3.region",
            "the store expects another region in the signature; correct /region"},
    Meaning{"QuotaExceeded", BERTH_RESOURCE_EXHAUSTED, "storage.full",
            "the quota of the bucket or its owner is used up; make room"},
    Meaning{"EntityTooLarge", BERTH_RESOURCE_EXHAUSTED, "storage.full",
            "the store takes no object of this size"},
    Meaning{"PreconditionFailed", BERTH_ABORTED, "storage.precondition",
            "the object is not in the state that was asked for"},
    Meaning{"SlowDown", BERTH_UNAVAILABLE, "s3.overloaded", "the store asks for fewer requests"},
    Meaning{"ServiceUnavailable", BERTH_UNAVAILABLE, "s3.overloaded", "the store is overloaded"},
    Meaning{"InternalError", BERTH_UNAVAILABLE, "s3.overloaded", "the store had an error"},
    Meaning{"RequestTimeout", BERTH_UNAVAILABLE, "s3.overloaded",
            "the store waited too long for the request"},
    Meaning{"OperationAborted", BERTH_UNAVAILABLE, "s3.overloaded",
            "another request on the same object was under way"},
    Meaning{"ConditionalRequestConflict", BERTH_UNAVAILABLE, "s3.overloaded",
            "another request on the same object was under way"},
    Meaning{"XAmzContentSHA256Mismatch", BERTH_UNAVAILABLE, "s3.transit",
            "the body reached the store altered"},
    Meaning{"BadDigest", BERTH_UNAVAILABLE, "s3.transit", "the body reached the store altered"},
};

std::string_view code_of_status(long status) {
  switch (status) {
    case 401:
      return "InvalidAccessKeyId";
    case 403:
      return "AccessDenied";
    case 404:
      return "NoSuchKey";
    case 408:
      return "RequestTimeout";
    case 412:
      return "PreconditionFailed";
    case 507:
      return "QuotaExceeded";
    case 429:
    case 503:
      return "SlowDown";
    case 500:
    case 502:
    case 504:
      return "InternalError";
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return "PermanentRedirect";
    default:
      return "";
  }
}

// Retry-After in seconds; a date, or nonsense, is as good as none.
std::uint32_t retry_after_ms(const Answer& answer) {
  const std::string_view text = answer.header("retry-after");
  std::uint32_t seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return kDefaultRetryAfterMs;
  }
  return std::min(seconds, kMaxRetryAfterMs / 1000) * 1000;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out(text.substr(0, kMaxPrintable));
  std::replace_if(
      out.begin(), out.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return out;
}

std::string error_code_of(const Answer& answer) {
  std::string code;
  read_xml(answer.body, [&](const XmlElement& element) {
    if (element.path == "Error/Code") code = element.text;
  });
  return code.empty() ? std::string(code_of_status(answer.status)) : code;
}

Error error_of(const Answer& answer, const Config& config) {
  const std::string code = error_code_of(answer);
  const std::string told = " (bucket " + config.bucket + " at " + config.host + ", HTTP " +
                           std::to_string(answer.status) +
                           (code.empty() ? "" : ", " + printable(code)) + ")";
  auto find = [](std::string_view wanted) {
    return std::find_if(kByCode.begin(), kByCode.end(),
                        [&](const Meaning& meaning) { return meaning.code == wanted; });
  };
  auto found = find(code);
  if (found == kByCode.end() && answer.status / 100 != 2) {
    // A code nobody told us of: the class of its status says what to do.
    found = find(code_of_status(answer.status));
  }
  if (found == kByCode.end()) {
    return {BERTH_INTERNAL, "s3.answer", "the store refused a request it should take" + told};
  }
  Error error(found->status, found->reason, std::string(found->text) + told);
  if (found->status != BERTH_UNAVAILABLE) return error;
  return std::move(error).with_retry_after_ms(retry_after_ms(answer));
}

}  // namespace s3
