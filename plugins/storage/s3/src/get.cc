// Reading: ranges, resumption after a cut, the checksum.

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include "answers.h"
#include "object_headers.h"
#include "put_body.h"
#include "s3_store.h"

namespace s3 {
namespace {

using berth::sdk::Error;
using berth::sdk::ObjectInfo;
using berth::sdk::Sink;

[[noreturn]] void outside() {
  throw Error(BERTH_INVALID_ARGUMENT, "storage.range", "the range is outside the object");
}

// One read, over as many answers as it takes.
class Reading {
 public:
  Reading(std::uint64_t offset, std::uint64_t length, const Sink& sink)
      : offset_(offset), length_(length), sink_(sink) {}

  Pairs range() const {
    const std::uint64_t from = offset_ + done_;
    if (from == 0 && length_ == 0) return {};
    std::string range = "bytes=" + std::to_string(from) + "-";
    if (length_ > 0) range += std::to_string(offset_ + length_ - 1);
    return {{"range", std::move(range)}};
  }

  void begin_answer() { head_read_ = false; }

  void take(const Answer& answer, ByteView octets) {
    if (!head_read_) read_head(answer);
    if (octets.size() > expected_ - done_) bad_answer("more octets than announced");
    if (whole()) hash_.update(octets);
    done_ += octets.size();
    sink_.write(octets);
  }

  // After an answer's end; empty bodies never came by take().
  ObjectInfo finish(const Answer& answer) {
    if (!head_read_) read_head(answer);
    if (done_ != expected_) {
      throw Error(BERTH_UNAVAILABLE, "s3.cut", "the store's answer ended early")
          .with_retry_after_ms(1000);
    }
    if (whole() && !sha256_.empty() && to_hex(hash_.finish()) != sha256_) {
      throw Error(BERTH_DATA_LOSS, "storage.corrupt",
                  "the stored octets are not those that were put; restore from a backup");
    }
    return *info_;
  }

 private:
  bool whole() const { return offset_ == 0 && expected_ == info_->size; }

  void read_head(const Answer& answer) {
    head_read_ = true;
    ObjectInfo info = info_of(answer);
    const std::uint64_t announced = info.size;
    std::uint64_t first = 0;
    if (answer.status == 206) {
      read_content_range(answer.header("content-range"), first, info.size);
    }
    if (first != offset_ + done_) bad_answer("another range than was asked for");
    if (length_ > 0 && length_ > info.size - offset_) outside();
    if (!info_) {
      expected_ = length_ > 0 ? length_ : info.size - offset_;
      sha256_ = answer.header(kShaHeader);
    } else if (info.etag != info_->etag || info.size != info_->size) {
      throw Error(BERTH_ABORTED, "s3.changed",
                  "the object was replaced while it was read; read it again");
    }
    if (announced != expected_ - done_) bad_answer("another length than was asked for");
    info_ = std::move(info);
  }

  // "bytes 0-9/443"
  void read_content_range(std::string_view text, std::uint64_t& first, std::uint64_t& size) const {
    constexpr std::string_view kUnit = "bytes ";
    const std::size_t dash = text.find('-');
    const std::size_t slash = text.find('/');
    if (!text.starts_with(kUnit) || dash == std::string_view::npos ||
        slash == std::string_view::npos || slash < dash) {
      bad_answer("no usable Content-Range");
    }
    first = length_of(text.substr(kUnit.size(), dash - kUnit.size()));
    size = length_of(text.substr(slash + 1));
    if (first >= size) bad_answer("no usable Content-Range");
  }

  std::uint64_t offset_;
  std::uint64_t length_;  // 0: to the end
  const Sink& sink_;
  RunningHash hash_;
  std::optional<ObjectInfo> info_;
  std::string sha256_;
  std::uint64_t expected_ = 0;  // octets in all
  std::uint64_t done_ = 0;
  bool head_read_ = false;
};

}  // namespace

ObjectInfo S3Store::get(const berth::sdk::Op& op, std::string_view name, std::uint64_t offset,
                        std::uint64_t length, const Sink& body) {
  return tracked([&] {
    Call call(host_, op);
    if (offset > kMaxObjectOctets || length > kMaxObjectOctets) {
      head(call, name);  // what is missing is not found, whatever the range
      outside();
    }
    Reading reading(offset, length, body);
    const BodyTaker take = [&](const Answer& answer, ByteView octets) {
      reading.take(answer, octets);
    };
    return client_.retried(call, [&] {
      reading.begin_answer();
      const Answer answer = client_.send(
          call, {.method = "GET", .key = key_of(name), .query = {}, .headers = reading.range()},
          {404, 416}, take);
      if (answer.status == 404 && error_code_of(answer) == "NoSuchBucket") {
        throw error_of(answer, config_);
      }
      if (answer.status == 404) not_found(name);
      if (answer.status == 416) {
        // S3 has no empty ranges: one that begins at the end is none to it.
        ObjectInfo info = head(call, name).info;
        if (offset == info.size && length == 0) return info;
        outside();
      }
      return reading.finish(answer);
    });
  });
}

}  // namespace s3
