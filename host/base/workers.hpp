#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace wend {

/// parallel_blocks by threads that stay, for who works in rounds of a millisecond or less: threads
/// that are made for each take longer to begin. The calling thread works too and takes whatever
/// block no other has begun, so that it waits only for what is under way. Threads are made when
/// they are first needed, in a process that was forked off anew. One call at a time.
class Workers {
 public:
  Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers();

  using Work = std::function<void(std::uint64_t begin, std::uint64_t end)>;
  /// See parallel_blocks.
  void blocks(std::uint64_t count, std::uint64_t grain, unsigned threads, const Work& work);
  /// Whether there are threads and all of them are looking for work, as for some time after they
  /// have had some: to hand it to them takes no longer than a microsecond then.
  [[nodiscard]] bool awake() const;

 private:
  class Crew;
  /// Has none from here on if it is another process's.
  void leave_behind();

  std::unique_ptr<Crew> crew_;
  pid_t process_ = 0;  // of the crew
};

}  // namespace wend
