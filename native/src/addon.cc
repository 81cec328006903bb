// The doors of the addon: what JavaScript may call. Every function reads its arguments here and hands them on checked.
//
// There is no state outside instances, so any number of threads may load the addon.
#include <node_api.h>

#include <stdexcept>
#include <string>

#include "denormals.h"
#include "dispatch.h"
#include "napiValues.h"
#include "pages.h"
#include "peaks.h"
#include "updateStep.h"

namespace lockstep {
namespace {

// kernels(): [{ name, arguments: [name, …] }, …] by kernel number.
napi_value kernels(napi_env env, const Arguments&) {
  napi_value list = arrayValue(env);
  for (const KernelSpec& spec : kernelSpecs()) {
    napi_value kernel = objectValue(env), names = arrayValue(env);
    for (const Argument& argument : spec.arguments) append(env, names, textValue(env, argument.name));
    set(env, kernel, "name", textValue(env, spec.name));
    set(env, kernel, "arguments", names);
    append(env, list, kernel);
  }
  return list;
}

// isas(): the builds this processor can run, best first.
napi_value isas(napi_env env, const Arguments&) {
  napi_value list = arrayValue(env);
  for (const KernelSet* set : supportedKernels()) append(env, list, textValue(env, set->isa));
  return list;
}

void release(napi_env env, void* instance, void* arena) {
  delete static_cast<Instance*>(instance);
  napi_delete_reference(env, static_cast<napi_ref>(arena));
}

// A program and what is told of its arena, in arguments `first` to first + 2: program: Float64Array, [parameters,
// parameterLength, vectorLength, sums, sumCount, batchCapacity, passCapacity, passShards, seed low, seed high]:
// Float64Array, isa.
AttachInput programInput(const Arguments& given, std::size_t first) {
  const auto program = given.array(first, napi_float64_array), info = given.array(first + 1, napi_float64_array);
  if (info.length != 10) throw std::runtime_error("Native call: ten numbers about the arena were expected.");
  const double* n = info.as<double>();
  for (std::size_t i = 0; i < info.length; i++)
    if (!(n[i] >= 0 && n[i] <= 9007199254740992.0))
      throw std::runtime_error("Native call: a number about the arena is out of range.");
  AttachInput input{};
  input.limits.parameters = static_cast<i64>(n[0]);
  input.limits.parameterLength = static_cast<i64>(n[1]);
  input.limits.vectorLength = static_cast<i64>(n[2]);
  input.limits.sums = static_cast<i64>(n[3]);
  input.limits.sumCount = static_cast<i64>(n[4]);
  input.limits.batchCapacity = static_cast<i64>(n[5]);
  input.limits.passCapacity = static_cast<i64>(n[6]);
  input.limits.passShards = static_cast<i64>(n[7]);
  input.seed[0] = static_cast<u32>(static_cast<i64>(n[8]));
  input.seed[1] = static_cast<u32>(static_cast<i64>(n[9]));
  input.encoded = program.as<double>();
  input.encodedLength = program.length;
  input.kernels = &chooseKernels(given.text(first + 2));
  return input;
}

// footprint(program, info, isa, floats of the arena): [floats of the kernels' own memory, then of each buffer of which a
// rank touches one chunk only: elements of a row, rows of a chunk].
napi_value footprint(napi_env env, const Arguments& given) {
  AttachInput input = programInput(given, 0);
  input.limits.arenaFloats = given.whole(3);
  const Footprint found = measureFootprint(input);
  napi_value list = arrayValue(env);
  append(env, list, numberValue(env, static_cast<double>(found.scratch)));
  for (const Footprint::Local& local : found.locals) {
    append(env, list, numberValue(env, static_cast<double>(local.record)));
    append(env, list, numberValue(env, static_cast<double>(local.chunkRows)));
  }
  return list;
}

// attach(arena: Float32Array, program, info, isa, timed: boolean): handle.
napi_value attach(napi_env env, const Arguments& given) {
  const auto arena = given.array(0, napi_float32_array);
  AttachInput input = programInput(given, 1);
  input.arena = arena.as<float>();
  input.limits.arenaFloats = static_cast<i64>(arena.length);
  input.timed = given.flag(4);
  auto instance = std::make_unique<Instance>(input);
  // The reference keeps the arena alive as long as the instance points into it.
  napi_ref reference;
  check(napi_create_reference(env, given.at(0), 1, &reference), "the arena cannot be held");
  napi_value handle;
  check(napi_create_external(env, instance.get(), release, reference, &handle), "the instance cannot be held");
  instance.release();
  return handle;
}

// detach(handle): the memory of its kernels goes back at once, which the collector, who does not know of it, would leave for long.
napi_value detach(napi_env, const Arguments& given) {
  given.instance().close();
  return nullptr;
}

// run(handle, stage: number, part: number, pass: Int32Array).
napi_value run(napi_env, const Arguments& given) {
  const auto pass = given.array(3, napi_int32_array);
  given.instance().run(given.whole(1), given.whole(2), pass.as<std::int32_t>(), pass.length);
  return nullptr;
}

// gather(handle, values, size, scale, buffer, order | null, start, firstRow, rows).
napi_value gather(napi_env, const Arguments& given) {
  using Type = Instance::Gather::Type;
  const auto values = given.array(1);
  Instance::Gather gather{};
  if (values.type == napi_float32_array)
    gather.type = Type::float32;
  else if (values.type == napi_int32_array)
    gather.type = Type::int32;
  else if (values.type == napi_uint8_array)
    gather.type = Type::uint8;
  else
    throw std::runtime_error("Native call: a column is float32, int32 or uint8.");
  gather.values = values.data;
  gather.length = values.length;
  gather.size = given.whole(2);
  gather.scale = static_cast<float>(given.number(3));
  gather.buffer = given.whole(4);
  if (!given.isNull(5)) {
    const auto order = given.array(5, napi_int32_array);
    gather.order = order.as<std::int32_t>();
    gather.orderLength = order.length;
  }
  gather.start = given.whole(6);
  gather.firstRow = given.whole(7);
  gather.rows = given.whole(8);
  given.instance().gather(gather);
  return nullptr;
}

// reduce(handle, adds: Int32Array, from, to): boolean.
napi_value reduce(napi_env env, const Arguments& given) {
  const auto adds = given.array(1, napi_int32_array);
  return truthValue(env, given.instance().reduce(adds.as<std::int32_t>(), adds.length, given.whole(2), given.whole(3)));
}

// updates(): [{ name, vectors, scalars }, …] by number of the update kernel.
napi_value updates(napi_env env, const Arguments&) {
  napi_value list = arrayValue(env);
  for (const UpdateSpec& spec : kUpdateSpecs) {
    napi_value kernel = objectValue(env);
    set(env, kernel, "name", textValue(env, spec.name));
    set(env, kernel, "vectors", numberValue(env, spec.vectors));
    set(env, kernel, "scalars", numberValue(env, spec.scalars));
    append(env, list, kernel);
  }
  return list;
}

// update(handle, kernel: number, numbers: Float64Array): boolean.
napi_value update(napi_env env, const Arguments& given) {
  const auto numbers = given.array(2, napi_float64_array);
  return truthValue(env, given.instance().update(given.whole(1), numbers.as<double>(), numbers.length));
}

// sumOf(handle, term: number, offset, length): number.
napi_value sumOf(napi_env env, const Arguments& given) {
  return numberValue(env, given.instance().sumOf(given.whole(1), given.whole(2), given.whole(3)));
}

// timings(handle, stage): nanoseconds of each call of the stage since attach.
napi_value timings(napi_env env, const Arguments& given) {
  const i64 stage = given.whole(1);
  if (stage < 0 || stage >= kStages) throw std::runtime_error("Native call: the stage is unknown.");
  napi_value list = arrayValue(env);
  for (const double value : given.instance().nanoseconds(static_cast<int>(stage)))
    append(env, list, numberValue(env, value));
  return list;
}

// peaks(isa): { gigaflops, readGigabytes, addGigabytes } of one core.
napi_value peaks(napi_env env, const Arguments& given) {
  const Peaks measured = measurePeaks(chooseKernels(given.text(0)));
  napi_value object = objectValue(env);
  set(env, object, "gigaflops", numberValue(env, measured.gigaflops));
  set(env, object, "readGigabytes", numberValue(env, measured.readGigabytes));
  set(env, object, "addGigabytes", numberValue(env, measured.addGigabytes));
  return object;
}

// map(isa, function, from: Float32Array, to: Float32Array): a function of math.h over an array, as kernels call it; for its
// tests.
napi_value map(napi_env, const Arguments& given) {
  const auto from = given.array(2, napi_float32_array), to = given.array(3, napi_float32_array);
  if (to.length < from.length) throw std::runtime_error("Native call: the result array is too short.");
  const FlushDenormals flush;
  chooseKernels(given.text(0))
      .map(static_cast<int>(given.whole(1)), from.as<float>(), to.as<float>(), static_cast<i64>(from.length));
  return nullptr;
}

// alignment(view): bytes by which the view's memory misses a 64-byte line.
napi_value alignment(napi_env env, const Arguments& given) {
  return numberValue(env, static_cast<double>(reinterpret_cast<std::uintptr_t>(given.array(0).data) % 64));
}

// enlargePages(view): memory that nobody has touched yet gets large pages where the system has them.
napi_value enlargePages(napi_env, const Arguments& given) {
  const auto view = given.array(0, napi_float32_array);
  useLargePages(view.data, view.length * sizeof(float));
  return nullptr;
}

// discard(view): its memory goes back to the system; the values are lost.
napi_value discard(napi_env, const Arguments& given) {
  const auto view = given.array(0, napi_float32_array);
  discardPages(view.data, view.length * sizeof(float));
  return nullptr;
}

// Turns what a function throws into a JavaScript Error.
template <napi_value (*function)(napi_env, const Arguments&)>
napi_value door(napi_env env, napi_callback_info info) {
  try {
    return function(env, Arguments(env, info));
  } catch (const std::bad_alloc&) {
    napi_throw_error(env, nullptr, "Native call: there is not enough memory.");
  } catch (const std::exception& error) {
    napi_throw_error(env, nullptr, error.what());
  }
  return nullptr;
}

}  // namespace
}  // namespace lockstep

NAPI_MODULE_INIT() {
  using namespace lockstep;
  const struct {
    const char* name;
    napi_callback call;
  } exported[] = {
      {"kernels", door<kernels>}, {"isas", door<isas>},     {"attach", door<attach>}, {"run", door<run>},
      {"detach", door<detach>},
      {"footprint", door<footprint>},
      {"gather", door<gather>},   {"reduce", door<reduce>}, {"updates", door<updates>}, {"update", door<update>},
      {"sumOf", door<sumOf>},     {"timings", door<timings>}, {"peaks", door<peaks>},   {"map", door<map>},
      {"alignment", door<alignment>}, {"enlargePages", door<enlargePages>}, {"discard", door<discard>},
  };
  for (const auto& entry : exported) {
    napi_value function;
    if (napi_create_function(env, entry.name, NAPI_AUTO_LENGTH, entry.call, nullptr, &function) != napi_ok)
      return nullptr;
    if (napi_set_named_property(env, exports, entry.name, function) != napi_ok) return nullptr;
  }
  return exports;
}
