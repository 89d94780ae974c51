// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/pieces/last_block.h"

namespace waybill::oci::deflate::pieces {
namespace {

using State = BlockWalk::State;

// The state of a walk that the loop below keeps in registers.
struct Lane {
  explicit Lane(BlockWalk& walk)
      : cursor(walk.cursor()), tables(walk.tables()), table(walk.table()), last_refill(walk.last_refill()) {}
  void GiveBack(BlockWalk& walk) const {
    walk.cursor() = cursor;
    walk.table() = table;
  }
  bool CanRefill() const { return cursor.next <= last_refill; }
  // One symbol. No branch depends on the stream, because none could be predicted.
  uint8_t Step() {
    const uint8_t entry = tables[table + (cursor.bits & (kTableSize - 1))];
    cursor.Drop(entry & kBitsOfEntry);
    static_assert(kTableSize % kDistanceNext == 0);
    table = (entry & kDistanceNext) * (kTableSize / kDistanceNext);
    return entry;
  }

  BitCursor cursor;
  const uint8_t* const tables;
  size_t table;
  const uint8_t* const last_refill;
};

// Two symbols fit the bits of one refill: a length and a distance have at most 48 bits.
void Follow(BlockWalk& walk) {
  Lane lane(walk);
  uint8_t entry = 0;
  while ((entry & kNotInTable) == 0 && lane.CanRefill()) {
    lane.cursor.Refill();
    lane.Step();
    entry = lane.Step();
  }
  lane.GiveBack(walk);
  walk.TakeRareSymbol();
}

void FollowBoth(BlockWalk& first, BlockWalk& second) {
  Lane a(first);
  Lane b(second);
  uint8_t entries = 0;
  while ((entries & kNotInTable) == 0 && a.CanRefill() && b.CanRefill()) {
    a.cursor.Refill();
    b.cursor.Refill();
    a.Step();
    b.Step();
    entries = a.Step();
    entries |= b.Step();
  }
  a.GiveBack(first);
  b.GiveBack(second);
  first.TakeRareSymbol();
  second.TakeRareSymbol();
}

std::optional<LastBlock> Finish(BlockWalk& walk) {
  while (walk.state() == State::kInBlock) Follow(walk);
  if (walk.state() == State::kFailed) return std::nullopt;
  return LastBlock{.begin = walk.block_begin(), .end = walk.position()};
}

}  // namespace

std::optional<LastBlock> LastBlockFinder::Find(PaddedStream stream) {
  walks_[0].Begin(stream);
  return Finish(walks_[0]);
}

std::array<std::optional<LastBlock>, 2> LastBlockFinder::FindBoth(PaddedStream first, PaddedStream second) {
  auto& [a, b] = walks_;
  a.Begin(first);
  b.Begin(second);
  while (a.state() == State::kInBlock && b.state() == State::kInBlock) FollowBoth(a, b);
  return {Finish(a), Finish(b)};
}

}  // namespace waybill::oci::deflate::pieces
