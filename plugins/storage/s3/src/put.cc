// Writing: in one request, or in parts that become an object all at once.

#include <openssl/rand.h>

#include <array>

#include "answers.h"
#include "object_headers.h"
#include "put_body.h"
#include "s3_store.h"
#include "xml.h"

namespace s3 {
namespace {

using berth::sdk::Error;
using berth::sdk::LogLevel;
using berth::sdk::ObjectInfo;
using berth::sdk::Op;
using berth::sdk::PutOptions;
using berth::sdk::Source;

constexpr std::size_t kMaxUploadId = 1024;
constexpr std::int64_t kAbortMs = 5'000;  // an abort's own time: the put's may be over
// '@' is outside the alphabet of names: nothing lists it, nothing collides with it.
constexpr char kProbe[] = "@conditions";

// Which put it was, so that one whose answer was lost is told from another's.
std::string fresh_put_id() {
  std::array<std::uint8_t, 16> octets{};
  if (RAND_bytes(octets.data(), static_cast<int>(octets.size())) != 1) {
    throw Error(BERTH_UNAVAILABLE, "s3.random", "the system gives no randomness");
  }
  return to_hex(octets);
}

std::string element_of(const Answer& answer, std::string_view path) {
  std::string found;
  const bool whole = read_xml(answer.body, [&](const XmlElement& element) {
    if (element.path == path) found = element.text;
  });
  return whole ? found : std::string();
}

[[noreturn]] void condition_failed(std::string_view name, const PutOptions& options) {
  if (options.if_absent) {
    throw Error(BERTH_ALREADY_EXISTS, "storage.exists", "there is an object " + std::string(name));
  }
  throw Error(BERTH_ABORTED, "storage.precondition",
              "object " + std::string(name) + " is not in the state that was asked for");
}

}  // namespace

void S3Store::require_conditions(Call& call) {
  if (conditions_kept_) return;
  std::lock_guard lock(probe_mutex_);
  if (conditions_kept_) return;
  for (int i = 0; i < 2; ++i) {
    const Answer answer = client_.send_retried(call,
                                               {.method = "PUT",
                                                .key = config_.prefix + kProbe,
                                                .query = {},
                                                .headers = {{"if-none-match", "*"}}},
                                               {412, 501});
    if (answer.status == 412) {
      conditions_kept_ = true;
      return;
    }
  }
  throw Error(BERTH_FAILED_PRECONDITION, "s3.no_conditions",
              "the store replaces objects in spite of If-None-Match, so nothing can be created "
              "without the risk of replacing another's; use a store that keeps conditional puts");
}

ObjectInfo S3Store::put_whole(Call& call, std::string_view name, const PutOptions& options,
                              const Source& source) {
  PutBody body(call.op, options, source);
  const std::vector<std::uint8_t> octets = body.read(options.content_len);
  const std::string put_id = fresh_put_id();
  bool answer_lost = false;
  auto is_ours = [&] {
    try {
      return answer_lost && head(call, name).put_id == put_id;
    } catch (const Error& error) {
      if (error.code() != BERTH_NOT_FOUND) throw;
      return false;
    }
  };
  auto attempt = [&](bool bare_etag) {
    Request request{.method = "PUT", .key = key_of(name)};
    request.headers = {{kShaHeader, to_hex(body.digest())}, {kPutIdHeader, put_id}};
    if (options.if_absent) request.headers.emplace_back("if-none-match", "*");
    if (!options.if_match.empty()) {
      const bool quoted = options.if_match != "*" && !bare_etag;
      const std::string quote = quoted ? "\"" : "";
      request.headers.emplace_back("if-match", quote + std::string(options.if_match) + quote);
    }
    request.body = octets;
    try {
      return client_.send(call, request, {404, 412});
    } catch (const Error& error) {
      // Unless nothing was sent, the object may be there all the same.
      answer_lost = answer_lost || error.reason() != "s3.unreachable";
      throw;
    }
  };
  return client_.retried(call, [&]() -> ObjectInfo {
    Answer answer = attempt(bare_etags_);
    if (answer.status == 412 && is_ours()) return head(call, name).info;
    if (answer.status == 412 && !options.if_match.empty() && options.if_match != "*" &&
        !bare_etags_) {
      answer = attempt(true);
      if (answer.status / 100 == 2) bare_etags_ = true;
    }
    // AWS answers If-Match on what is missing with NoSuchKey.
    const bool missing =
        answer.status == 404 && !options.if_match.empty() && error_code_of(answer) == "NoSuchKey";
    if (answer.status == 412 || missing) condition_failed(name, options);
    if (answer.status == 404) throw error_of(answer, config_);
    std::int64_t modified = unix_ms_of(answer.header("date"));
    if (modified == 0) modified = host_.unix_ms();
    return {options.content_len, modified, etag_of(answer.header("etag"))};
  });
}

ObjectInfo S3Store::put_parts(Call& call, std::string_view name, const PutOptions& options,
                              const Source& source) {
  PutBody body(call.op, options, source);
  const std::string key = key_of(name);
  const std::string put_id = fresh_put_id();
  Request begin{.method = "POST", .key = key, .query = {{"uploads", ""}}};
  begin.headers = {{kPutIdHeader, put_id}};
  if (!options.sha256.empty()) begin.headers.emplace_back(kShaHeader, to_hex(options.sha256));
  const std::string upload_id =
      element_of(client_.send_retried(call, begin), "InitiateMultipartUploadResult/UploadId");
  if (upload_id.empty() || upload_id.size() > kMaxUploadId) bad_answer("no usable upload id");
  try {
    std::string parts;
    for (int number = 1; body.left() > 0; ++number) {
      const std::vector<std::uint8_t> octets = body.read(config_.part_octets);
      const Answer answer = client_.send_retried(
          call, {.method = "PUT",
                 .key = key,
                 .query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id}},
                 .headers = {},
                 .body = octets});
      parts += "<Part><PartNumber>" + std::to_string(number) + "</PartNumber><ETag>&quot;" +
               etag_of(answer.header("etag")) + "&quot;</ETag></Part>";
    }
    const std::string document = "<CompleteMultipartUpload>" + parts + "</CompleteMultipartUpload>";
    client_.retried(call, [&] {
      const Answer answer = client_.send(call,
                                         {.method = "POST",
                                          .key = key,
                                          .query = {{"uploadId", upload_id}},
                                          .headers = {},
                                          .body = octets_of(document)},
                                         {404});
      // S3 may begin to answer before it is done: a 200 can still hold an error. An upload that is
      // gone was completed by an attempt whose answer was lost, if the object there is ours.
      const bool done = answer.status == 200 && error_code_of(answer).empty();
      if (done) return;
      if (answer.status == 404 && error_code_of(answer) == "NoSuchUpload" &&
          head(call, name).put_id == put_id) {
        return;
      }
      throw error_of(answer, config_);
    });
  } catch (...) {
    abort_upload(key, upload_id);
    throw;
  }
  return head(call, name).info;
}

// Best effort: what stays behind is nobody's object; a lifecycle rule of the bucket removes it.
void S3Store::abort_upload(const std::string& key, const std::string& upload_id) noexcept {
  berth_op raw{};
  raw.struct_size = sizeof raw;
  raw.deadline_ns = host_.monotonic_ns() + kAbortMs * 1'000'000;
  const Op op(&raw);
  Call call(host_, op);
  try {
    client_.send(call, {.method = "DELETE", .key = key, .query = {{"uploadId", upload_id}}}, {404});
  } catch (const Error& error) {
    host_.log(LogLevel::kWarn, "an unfinished upload could not be aborted",
              {{"reason", error.reason()}});
  } catch (...) {
    host_.log(LogLevel::kWarn, "an unfinished upload could not be aborted");
  }
}

}  // namespace s3
