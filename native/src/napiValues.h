// What JavaScript hands to a function of the addon, checked as it is read, and values for JavaScript.
#pragma once

#include <node_api.h>

#include <stdexcept>
#include <string>

#include "instance.h"

namespace lockstep {

inline void check(napi_status status, const char* what) {
  if (status != napi_ok) throw std::runtime_error(std::string("Native call: ") + what + ".");
}

// The arguments of one call, by position.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    check(napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr), "its arguments cannot be read");
  }

  double number(std::size_t i) const {
    double value;
    check(napi_get_value_double(env_, at(i), &value), "a number was expected");
    return value;
  }
  i64 whole(std::size_t i) const {
    const double value = number(i);
    if (!(value >= -9007199254740992.0 && value <= 9007199254740992.0))
      throw std::runtime_error("Native call: a whole number was expected.");
    return static_cast<i64>(value);
  }
  bool flag(std::size_t i) const {
    bool value;
    check(napi_get_value_bool(env_, at(i), &value), "a boolean was expected");
    return value;
  }
  std::string text(std::size_t i) const {
    char value[64];
    std::size_t length;
    check(napi_get_value_string_utf8(env_, at(i), value, sizeof value, &length), "a string was expected");
    return std::string(value, length);
  }
  bool isNull(std::size_t i) const {
    napi_valuetype type;
    check(napi_typeof(env_, at(i), &type), "an argument has no type");
    return type == napi_null || type == napi_undefined;
  }

  struct Array {
    napi_typedarray_type type;
    std::size_t length;
    void* data;
    template <class T>
    T* as() const {
      return static_cast<T*>(data);
    }
  };
  Array array(std::size_t i) const {
    Array array{};
    check(napi_get_typedarray_info(env_, at(i), &array.type, &array.length, &array.data, nullptr, nullptr),
          "a typed array was expected");
    return array;
  }
  Array array(std::size_t i, napi_typedarray_type type) const {
    const Array found = array(i);
    if (found.type != type) throw std::runtime_error("Native call: a typed array has the wrong type.");
    return found;
  }
  Instance& instance() const {
    void* value;
    check(napi_get_value_external(env_, at(0), &value), "an attached instance was expected");
    Instance& instance = *static_cast<Instance*>(value);
    if (instance.isClosed()) throw std::runtime_error("Native call: the instance has been detached.");
    return instance;
  }
  napi_value at(std::size_t i) const {
    if (i >= count_) throw std::runtime_error("Native call: too few arguments.");
    return values_[i];
  }

 private:
  napi_env env_;
  std::size_t count_ = 12;
  napi_value values_[12];
};

inline napi_value textValue(napi_env env, const std::string& text) {
  napi_value value;
  check(napi_create_string_utf8(env, text.data(), text.size(), &value), "a string cannot be made");
  return value;
}
inline napi_value numberValue(napi_env env, double number) {
  napi_value value;
  check(napi_create_double(env, number, &value), "a number cannot be made");
  return value;
}
inline napi_value truthValue(napi_env env, bool truth) {
  napi_value value;
  check(napi_get_boolean(env, truth, &value), "a truth cannot be made");
  return value;
}
inline napi_value arrayValue(napi_env env) {
  napi_value value;
  check(napi_create_array(env, &value), "an array cannot be made");
  return value;
}
inline napi_value objectValue(napi_env env) {
  napi_value value;
  check(napi_create_object(env, &value), "an object cannot be made");
  return value;
}
inline void append(napi_env env, napi_value array, napi_value element) {
  std::uint32_t length;
  check(napi_get_array_length(env, array, &length), "an array has no length");
  check(napi_set_element(env, array, length, element), "an element cannot be set");
}
inline void set(napi_env env, napi_value object, const char* name, napi_value value) {
  check(napi_set_named_property(env, object, name, value), "a property cannot be set");
}

}  // namespace lockstep
