#include "s3_store.h"

#include <algorithm>
#include <utility>

#include "answers.h"
#include "object_headers.h"
#include "put_body.h"
#include "xml.h"

namespace s3 {

using berth::sdk::Error;
using berth::sdk::ListSink;
using berth::sdk::LogLevel;
using berth::sdk::ObjectInfo;
using berth::sdk::Op;
using berth::sdk::PutOptions;
using berth::sdk::Sink;
using berth::sdk::Source;

S3Store::S3Store(berth::sdk::Host host, const berth::sdk::Config& config)
    : host_(host), config_(parse_config(config.json())), client_(host_, config_) {}

void S3Store::remember(const std::string& reason) {
  std::lock_guard lock(health_mutex_);
  if (last_failure_.empty() != reason.empty()) {
    host_.log(reason.empty() ? LogLevel::kInfo : LogLevel::kWarn,
              reason.empty() ? "the store serves again" : "the store does not serve",
              {{"bucket", config_.bucket}, {"reason", reason}});
  }
  last_failure_ = reason;
}

// Everything that only a person can put right fails the start. A store that is away does not: the
// host may start before it, and calls say so until it is back.
void S3Store::start(const Op& op) {
  client_.load_credentials();
  started_ = true;
  Call call(host_, op);
  try {
    tracked([&] {
      client_.send_retried(
          call, {.method = "GET",
                 .key = "",
                 .query = {{"list-type", "2"}, {"max-keys", "1"}, {"prefix", config_.prefix}}});
    });
  } catch (const Error& error) {
    if (error.code() != BERTH_UNAVAILABLE && error.code() != BERTH_DEADLINE_EXCEEDED) {
      started_ = false;
      throw;
    }
  }
}

berth::sdk::Health S3Store::health(const Op&) {
  std::lock_guard lock(health_mutex_);
  if (last_failure_.empty()) return {};
  return {BERTH_HEALTH_DEGRADED, R"({"reason":")" + last_failure_ + R"("})"};
}

void S3Store::require_started() const {
  if (!started_) throw Error(BERTH_FAILED_PRECONDITION, "s3.not_started", "start was not called");
}

void S3Store::not_found(std::string_view name) {
  throw Error(BERTH_NOT_FOUND, "storage.not_found", "there is no object " + std::string(name));
}

S3Store::Found S3Store::head(Call& call, std::string_view name) {
  const Answer answer = client_.send_retried(call, {.method = "HEAD", .key = key_of(name)}, {404});
  if (answer.status != 404) return {info_of(answer), std::string(answer.header(kPutIdHeader))};
  // To HEAD, S3 does not say whether the object or the whole bucket is missing.
  if (client_.send_retried(call, {.method = "HEAD", .key = ""}, {404}).status == 404) {
    throw error_of({.status = 404, .body = "<Error><Code>NoSuchBucket</Code></Error>"}, config_);
  }
  not_found(name);
}

ObjectInfo S3Store::stat(const Op& op, std::string_view name) {
  return tracked([&] {
    Call call(host_, op);
    return head(call, name).info;
  });
}

void S3Store::remove(const Op& op, std::string_view name) {
  tracked([&] {
    Call call(host_, op);
    const Answer answer =
        client_.send_retried(call, {.method = "DELETE", .key = key_of(name)}, {404});
    if (answer.status == 404 && error_code_of(answer) == "NoSuchBucket") {
      throw error_of(answer, config_);
    }
  });
}

namespace {

struct Entry {
  std::string key;
  ObjectInfo info;
};

struct Page {
  std::vector<Entry> entries;
  bool more = false;
};

Page read_page(const std::string& document) {
  Page page;
  Entry entry;
  const bool whole = read_xml(document, [&](const XmlElement& element) {
    if (element.path == "ListBucketResult/Contents/Key") {
      entry.key = uri_decode(element.text);
    } else if (element.path == "ListBucketResult/Contents/Size") {
      entry.info.size = length_of(element.text);
    } else if (element.path == "ListBucketResult/Contents/LastModified") {
      entry.info.modified_unix_ms = unix_ms_of(element.text);
    } else if (element.path == "ListBucketResult/Contents/ETag") {
      entry.info.etag = etag_of(element.text);
    } else if (element.path == "ListBucketResult/Contents") {
      page.entries.push_back(std::exchange(entry, {}));
    } else if (element.path == "ListBucketResult/IsTruncated") {
      page.more = element.text == "true";
    }
  });
  if (!whole) bad_answer("a listing that is not whole");
  return page;
}

}  // namespace

// Each page begins after the last name of the one before; no token of the server's is carried on,
// and a page that does not get further ends the listing.
void S3Store::list(const Op& op, std::string_view prefix, std::string_view after, std::size_t max,
                   const ListSink& out) {
  tracked([&] {
    Call call(host_, op);
    const std::string key_prefix = key_of(prefix);
    std::string last = after.empty() ? std::string() : key_of(after);
    std::size_t left = max;
    std::size_t foreign_pages = 0;
    while (left > 0) {
      Request request{.method = "GET", .key = ""};
      request.query = {{"list-type", "2"},
                       {"encoding-type", "url"},
                       {"max-keys", std::to_string(std::min(left, kMaxListPage))},
                       {"prefix", key_prefix}};
      if (!last.empty()) request.query.emplace_back("start-after", last);
      const Page page = read_page(client_.send_retried(call, request).body);
      ++foreign_pages;
      for (const Entry& entry : page.entries) {
        if (entry.key <= last || !entry.key.starts_with(key_prefix)) {
          bad_answer("a listing out of order");
        }
        last = entry.key;
        const std::string_view name = std::string_view(entry.key).substr(config_.prefix.size());
        if (left == 0) return;
        if (!berth::sdk::is_object_name(name)) continue;  // not ours
        out.emit(name, entry.info);
        --left;
        foreign_pages = 0;
      }
      if (!page.more) return;
      if (page.entries.empty()) bad_answer("an empty page that is not the last");
      if (foreign_pages > kMaxForeignPages) bad_answer("page after page of keys that are not ours");
    }
  });
}

ObjectInfo S3Store::put(const Op& op, std::string_view name, const PutOptions& options,
                        const Source& body) {
  const bool conditional = options.if_absent || !options.if_match.empty();
  if (options.content_len > (conditional ? kMaxConditionalOctets : kMaxObjectOctets)) {
    throw Error(BERTH_RESOURCE_EXHAUSTED, "storage.too_large",
                "an object has at most 1 GiB, one put under a condition 128 MiB");
  }
  return tracked([&] {
    Call call(host_, op);
    if (conditional) require_conditions(call);
    return conditional || options.content_len <= config_.part_octets
               ? put_whole(call, name, options, body)
               : put_parts(call, name, options, body);
  });
}

}  // namespace s3
