// Sizes and checks of kernels over windows of NHWC records.
#pragma once

#include "spec.h"
#include "windows.h"

namespace lockstep {

inline const std::vector<Argument> windowArguments = {
    {"height", Kind::size},       {"width", Kind::size},          {"channels", Kind::size},
    {"windowHeight", Kind::size}, {"windowWidth", Kind::size},    {"strideHeight", Kind::size},
    {"strideWidth", Kind::size},  {"dilationHeight", Kind::size}, {"dilationWidth", Kind::size},
    {"padTop", Kind::count},      {"padLeft", Kind::count},       {"outHeight", Kind::size},
    {"outWidth", Kind::size}};

inline Wide imageIn(const Windows& w) { return times({w.height, w.width, w.channels}); }
inline Wide imageOut(const Windows& w, i64 channels) { return times({w.outHeight, w.outWidth, channels}); }

// Every window starts inside the image or its padding, and reaches into the image.
inline bool reaches(i64 size, i64 window, i64 stride, i64 dilation, i64 pad, i64 out) {
  const Wide reach = static_cast<Wide>(window - 1) * dilation;
  const Wide lastStart = static_cast<Wide>(out - 1) * stride - pad;
  return pad <= reach && lastStart < size;
}

// Why the windows do not fit the image; empty where they do.
inline std::string windowsProblem(const Windows& w) {
  if (!reaches(w.height, w.windowHeight, w.strideHeight, w.dilationHeight, w.padTop, w.outHeight))
    return "the windows leave the padded input at the top or the bottom: outHeight, strideHeight, padTop and height do "
           "not fit";
  if (!reaches(w.width, w.windowWidth, w.strideWidth, w.dilationWidth, w.padLeft, w.outWidth))
    return "the windows leave the padded input at the left or the right: outWidth, strideWidth, padLeft and width do "
           "not fit";
  return "";
}

}  // namespace lockstep
