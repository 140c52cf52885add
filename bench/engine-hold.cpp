// The HOLD model on std::priority_queue, for bench/engine.ts: same latencies, same checksum.
// usage: engine-hold LATENCY_FILE PENDING WARM_UP_EVENTS EVENTS
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <queue>
#include <vector>

struct Event {
  uint64_t tick;
  uint64_t sequence;
  uint32_t id;
};

struct RunsAfter {
  bool operator()(const Event &a, const Event &b) const {
    return a.tick != b.tick ? a.tick > b.tick : a.sequence > b.sequence;
  }
};

int main(int count, char **arguments) {
  if (count != 5) return 2;
  std::vector<int32_t> latencies(1 << 16);
  FILE *file = std::fopen(arguments[1], "rb");
  if (!file || std::fread(latencies.data(), 4, latencies.size(), file) != latencies.size()) return 2;
  std::fclose(file);
  const uint32_t pending = std::strtoul(arguments[2], nullptr, 10);
  const uint64_t warmUpEvents = std::strtoull(arguments[3], nullptr, 10);
  const uint64_t events = std::strtoull(arguments[4], nullptr, 10);

  std::priority_queue<Event, std::vector<Event>, RunsAfter> queue;
  uint64_t sequence = 0;
  uint32_t checksum = 0;
  const uint64_t mask = latencies.size() - 1;
  for (uint32_t id = 0; id < pending; id++, sequence++)
    queue.push({(uint64_t)latencies[sequence & mask], sequence, id});
  auto turns = [&](uint64_t many) {
    for (uint64_t turn = 0; turn < many; turn++, sequence++) {
      const Event event = queue.top();
      queue.pop();
      checksum = (checksum ^ event.id) * 0x9e3779b1u + (uint32_t)event.tick;
      queue.push({event.tick + (uint64_t)latencies[sequence & mask], sequence, event.id});
    }
  };
  turns(warmUpEvents);
  const clock_t begin = std::clock();
  turns(events);
  const double seconds = (double)(std::clock() - begin) / CLOCKS_PER_SEC;
  std::printf("{\"cpuSeconds\": %.6f, \"checksum\": %d}\n", seconds, (int32_t)checksum);
  return 0;
}
