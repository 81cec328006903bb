#include "specs.h"

#include "families/list.h"

namespace lockstep {

#define LOCKSTEP_DECLARE(family) const std::vector<KernelSpec>& family##Specs();
LOCKSTEP_FAMILIES(LOCKSTEP_DECLARE)

namespace {

struct Place {
  int family, index;
};

struct Table {
  std::vector<KernelSpec> specs;
  std::vector<Place> places;
};

const Table& table() {
  static const Table table = [] {
    Table all;
    int family = 0;
#define LOCKSTEP_SPECS(family) &family##Specs(),
    for (const std::vector<KernelSpec>* specs : {LOCKSTEP_FAMILIES(LOCKSTEP_SPECS)}) {
      int index = 0;
      for (const KernelSpec& spec : *specs) {
        all.specs.push_back(spec);
        all.places.push_back({family, index++});
      }
      family++;
    }
    return all;
  }();
  return table;
}

}  // namespace

const std::vector<KernelSpec>& kernelSpecs() { return table().specs; }

const KernelEntry& entryOf(const KernelSet& kernels, int kernel) {
  const Place place = table().places[static_cast<std::size_t>(kernel)];
  return kernels.families[place.family][place.index];
}

}  // namespace lockstep
