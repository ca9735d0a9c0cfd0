// A benchmark that cannot be set up ends: what fails here becomes an exception, caught in main.

#pragma once

#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "kernel/base/result.h"
#include "kernel/rsp/rsp_error.h"

namespace berth::bench {

template <class E>
std::string text_of(const E& error) {
  if constexpr (std::is_same_v<E, Error>) {
    return std::string(error.reason()) + ": " + error.message();
  } else {  // smdpplus::Failure: the standard's refusal or trouble of our own
    if (const auto* refused = std::get_if<rsp::RspError>(&error)) {
      return refused->pair() + " " + refused->message;
    }
    return text_of(std::get<Error>(error));
  }
}

template <class T, class E>
T must(Result<T, E> result) {
  if (!result) throw std::runtime_error(text_of(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace berth::bench
