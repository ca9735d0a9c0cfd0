// The built flat-rate model and a price list, called through its C tables alone.

#pragma once

#include <string>

#include "kit/rating/rating_kit.h"

namespace berth::flat_rate_test {

inline std::string list(const std::string& prices, const std::string& more = "") {
  return R"({"currency":"EUR","prices":)" + prices + more + "}";
}

struct ListPlace final : rating_kit::Place {
  std::string plugin() const override { return FLAT_RATE_SO; }
  std::string config() const override {
    return list(
        R"({"profile.downloaded":{"code":"DL","tiers":[{"upTo":10,"price":"0.50"},{"price":"0.305"}]},
            "download.attempted":{"code":"TRY","tiers":[{"price":"0.01"}]}})",
        R"(,"rounding":{"to":"0.01","mode":"half-even"})");
  }
  std::string other_config() const override {
    return list(R"({"profile.downloaded":{"code":"D2","tiers":[{"price":"1"}]},
                    "download.attempted":{"code":"T2","tiers":[{"price":"0"}]}})");
  }
};

}  // namespace berth::flat_rate_test
