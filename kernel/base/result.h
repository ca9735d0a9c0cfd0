// A value or a failure; there is no default state and no exception. The failure is an Error
// unless a second type is named: Result<Order, RspError>.
//
//   Result<Iccid> iccid = Iccid::parse(text);
//   if (!iccid) return iccid.error();
//   use(*iccid);
//
// BERTH_TRY(name, expression) does those first two lines. Result<void> carries success alone.

#pragma once

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "kernel/base/assert.h"
#include "kernel/base/error.h"

namespace berth {

template <class T, class E = Error>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}  // NOLINT: implicit
  template <class F>
  requires(std::is_constructible_v<E, F&&> && !std::is_same_v<std::remove_cvref_t<F>, Result> &&
           !std::is_convertible_v<F&&, T>) Result(F&& error)  // NOLINT: implicit
      : state_(std::in_place_index<1>, std::forward<F>(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    BERTH_ASSERT(ok());
    return std::get<0>(state_);
  }
  const T& value() const& {
    BERTH_ASSERT(ok());
    return std::get<0>(state_);
  }
  T&& value() && {
    BERTH_ASSERT(ok());
    return std::get<0>(std::move(state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const E& error() const& {
    BERTH_ASSERT(!ok());
    return std::get<1>(state_);
  }
  E&& error() && {
    BERTH_ASSERT(!ok());
    return std::get<1>(std::move(state_));
  }

 private:
  std::variant<T, E> state_;
};

template <class E>
class [[nodiscard]] Result<void, E> {
 public:
  Result() = default;
  template <class F>
  requires(std::is_constructible_v<E, F&&> && !std::is_same_v<std::remove_cvref_t<F>, Result>)
      Result(F&& error)  // NOLINT: implicit
      : error_(std::forward<F>(error)) {}

  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const E& error() const& {
    BERTH_ASSERT(!ok());
    return *error_;
  }
  E&& error() && {
    BERTH_ASSERT(!ok());
    return std::move(*error_);
  }

 private:
  std::optional<E> error_;
};

#define BERTH_TRY(name, expression)            \
  auto name##_or_error = (expression);         \
  if (!name##_or_error.ok()) {                 \
    return std::move(name##_or_error).error(); \
  }                                            \
  auto& name = name##_or_error.value()  // NOLINT: a name

#define BERTH_TRY_VOID(expression)                                    \
  if (auto berth_try_result = (expression); !berth_try_result.ok()) { \
    return std::move(berth_try_result).error();                       \
  }

}  // namespace berth
