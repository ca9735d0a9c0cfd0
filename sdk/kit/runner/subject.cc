#include "kit/runner/subject.h"

#include <cstdlib>

namespace berth::kit::runner {

Ground::Ground(const Subject& subject, std::size_t which)
    : config_(subject.configs[which % subject.configs.size()]) {
  const std::string folder = folder_.path().string();
  const std::string word = kPlaceWord;
  for (std::size_t at = config_.find(word); at != std::string::npos; at = config_.find(word, at)) {
    config_.replace(at, word.size(), folder);
  }
  if (subject.prepare.empty()) return;
  const std::string command = "cd '" + folder + "' && " + subject.prepare;
  if (std::system(command.c_str()) != 0) {
    throw std::runtime_error("the prepare command failed in " + folder + ": " + subject.prepare);
  }
}

Worker::Worker(const Subject& subject, std::size_t which)
    : ground_(subject, which), entry_(load_plugin(subject.library.c_str())) {
  host_.follow_system_clock();
  const auto must = [&](const char* name, auto&& call) {
    if (caller_(name, call) == BERTH_OK && caller_.violation().empty()) return;
    throw std::runtime_error(caller_.violation().empty() ? caller_.failure() : caller_.violation());
  };
  must("create", [&](const berth_op* op) {
    return entry_.create(host_.raw(), op, str(ground_.config()), &handle_);
  });
  if (handle_ == nullptr) throw std::runtime_error("create succeeded and gave no instance");
  try {
    must("start", [&](const berth_op* op) { return entry_.start(handle_, op); });
    exercise_ = make_exercise(entry_, handle_);
  } catch (...) {
    entry_.destroy(handle_);
    throw;
  }
}

void Worker::end() {
  if (handle_ == nullptr) return;
  exercise_.reset();
  Caller control;
  const berth_status drained =
      control("drain", [&](const berth_op* op) { return entry_.drain(handle_, op); });
  entry_.destroy(handle_);
  handle_ = nullptr;
  if (drained != BERTH_OK) throw std::runtime_error(control.failure());
}

Worker::~Worker() {
  try {
    end();
  } catch (const std::exception&) {
    // Said by the check that ends an instance on purpose.
  }
}

}  // namespace berth::kit::runner
