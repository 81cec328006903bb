// Every family of kernels, once: a new one is added here and nowhere else. The numbers of kernels follow this order.
#pragma once

#define LOCKSTEP_FAMILIES(each) \
  each(dense)                   \
  each(conv2d)                  \
  each(pool)                    \
  each(activation)              \
  each(inputActivation)         \
  each(prelu)                   \
  each(noise)                   \
  each(softmax)                 \
  each(layerNorm)               \
  each(batchnorm)               \
  each(simplernn)               \
  each(gru)                     \
  each(lstm)                    \
  each(steps)                   \
  each(embedding)               \
  each(loss)                    \
  each(metric)                  \
  each(merge)                   \
  each(depthwise)               \
  each(resample)                \
  each(bias)                    \
  each(strided)                 \
  each(elementwise)             \
  each(reduction)
