// Defect: start sets the locale of the whole process.

#include <clocale>

#include "working_store.h"

namespace {

using namespace working;  // NOLINT: what a plugin's file does

class SetsLocale final : public Store {
 public:
  using Store::Store;
  void start(const Op&) override { std::setlocale(LC_ALL, "C.UTF-8"); }
};

}  // namespace

BERTH_STORAGE_PLUGIN(SetsLocale, "org.example.test", "1.0.0")
