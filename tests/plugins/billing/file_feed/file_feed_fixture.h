// The built file-feed in a scratch folder, called through its C tables alone.

#pragma once

#include <string>
#include <vector>

#include "kit/bss/bss_kit.h"

namespace berth::file_feed_test {

class FeedPlace final : public bss_kit::Place {
 public:
  std::string plugin() const override { return FILE_FEED_SO; }
  std::string feed() const { return folder_ / "feed"; }
  std::string file(const std::string& endpoint = "bss", const std::string& lane = "live") const {
    return feed() + "/" + endpoint + "_" + lane + ".jsonl";
  }
  std::string config() const override;
  std::optional<std::vector<std::string>> received(const std::string& endpoint,
                                                   const std::string& lane) const override;
  std::string trace() const override;
  std::string denied_order() const override { return R"({"iccid":"8944000000000000050"})"; }
  std::string held_order() const override { return R"({"profileType":"trial"})"; }

 private:
  kit::ScratchFolder folder_;
};

std::string content(const std::string& file);

}  // namespace berth::file_feed_test
