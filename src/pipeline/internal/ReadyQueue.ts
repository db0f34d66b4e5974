/**
 * The steps that may start, in the order in which they get their turn: first come, first served; or the one with the
 * longest way to the end before it first, where something is known of how long steps take.
 */
export interface ReadyQueue {
  readonly push: (at: number) => void
  readonly shift: () => number | undefined
}

/** `remaining[at]` is how long it takes from the start of step `at` to the end of the pipeline; all zero: unknown. */
export const make = (remaining: ReadonlyArray<number>): () => ReadyQueue =>
  remaining.some((time) => time > 0) ? () => byPriority(remaining) : byArrival

/** Milliseconds from the start of each step to the end of the pipeline, as far as `own` says how long each step takes. */
export const remaining = (
  own: ReadonlyArray<number>,
  next: ReadonlyArray<ReadonlyArray<number>>
): ReadonlyArray<number> => {
  const times = own.map(() => 0)
  for (let at = own.length - 1; at >= 0; at--) {
    times[at] = own[at]! + next[at]!.reduce((longest, place) => Math.max(longest, times[place]!), 0)
  }
  return times
}

const byArrival = (): ReadyQueue => {
  const queue: Array<number> = []
  let next = 0
  return { push: (at) => void queue.push(at), shift: () => next < queue.length ? queue[next++] : undefined }
}

/** A binary heap. What arrived first goes first among equals. */
const byPriority = (remaining: ReadonlyArray<number>): ReadyQueue => {
  const heap: Array<{ readonly at: number; readonly arrival: number }> = []
  let arrivals = 0
  const before = (a: number, b: number) => {
    const [one, other] = [heap[a]!, heap[b]!]
    const longer = remaining[one.at]! - remaining[other.at]!
    return longer > 0 || (longer === 0 && one.arrival < other.arrival)
  }
  const swap = (a: number, b: number) => {
    const one = heap[a]!
    heap[a] = heap[b]!
    heap[b] = one
  }
  return {
    push: (at) => {
      let here = heap.push({ at, arrival: arrivals++ }) - 1
      while (here > 0 && before(here, (here - 1) >> 1)) {
        swap(here, (here - 1) >> 1)
        here = (here - 1) >> 1
      }
    },
    shift: () => {
      const top = heap[0]
      const last = heap.pop()
      if (top === undefined || last === undefined || heap.length === 0) return top?.at
      heap[0] = last
      let here = 0
      while (true) {
        const [left, right] = [2 * here + 1, 2 * here + 2]
        let first = here
        if (left < heap.length && before(left, first)) first = left
        if (right < heap.length && before(right, first)) first = right
        if (first === here) return top.at
        swap(here, first)
        here = first
      }
    }
  }
}
