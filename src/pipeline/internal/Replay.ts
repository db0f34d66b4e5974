/**
 * What a run would have taken with another number of places, by what its steps took.
 */
import type { Drawing } from "../PipelineEvent.ts"
import * as ReadyQueue from "./ReadyQueue.ts"

type Steps = Drawing["steps"]

/**
 * Milliseconds that one place more than `places` would have saved, at least zero: each step takes as long as `took` says, and
 * gets its turn as a run gives it. Steps of which `took` says nothing did not run.
 */
export const oneMorePlace = (steps: Steps, took: (step: string) => number | undefined, places: number): number => {
  const graph = graphOf(steps)
  const times = steps.map(({ name }, at) => at === 0 ? 0 : took(name))
  return Math.max(0, duration(graph, times, places) - duration(graph, times, places + 1))
}

/** Which steps wait for which, by their places. */
interface Graph {
  readonly waiting: ReadonlyArray<number>
  readonly next: ReadonlyArray<ReadonlyArray<number>>
  readonly makeQueue: () => ReadyQueue.ReadyQueue
}

/** The steps of a pipeline are the same in all of its runs. */
const graphs = new WeakMap<Steps, Graph>()

const graphOf = (steps: Steps): Graph => {
  const known = graphs.get(steps)
  if (known !== undefined) return known
  const position = new Map(steps.map(({ name }, at) => [name, at]))
  const next: ReadonlyArray<Array<number>> = steps.map(() => [])
  steps.forEach(({ after }, at) => after.forEach((name) => next[position.get(name)!]!.push(at)))
  const expected = steps.map(({ expected = 0 }) => expected)
  const graph = {
    waiting: steps.map(({ after }) => after.length),
    next,
    makeQueue: ReadyQueue.make(ReadyQueue.remaining(expected, next))
  }
  graphs.set(steps, graph)
  return graph
}

/** From the first start to the last end. */
const duration = ({ makeQueue, next, waiting }: Graph, times: ReadonlyArray<number | undefined>, places: number) => {
  const missing = waiting.slice()
  const ready = makeQueue()
  missing.forEach((count, at) => count === 0 && ready.push(at))
  // who ends first stands last; among equals, who started first
  const ends: Array<number> = []
  const running: Array<number> = []
  let now = 0
  const end = (at: number) => {
    for (const one of next[at]!) if (--missing[one]! === 0) ready.push(one)
  }
  while (true) {
    while (running.length < places) {
      const at = ready.shift()
      if (at === undefined) break
      const time = times[at]
      if (time === 0) end(at)
      else if (time !== undefined) {
        const until = now + time
        const place = placeOf(ends, until)
        ends.splice(place, 0, until)
        running.splice(place, 0, at)
      }
    }
    const first = running.pop()
    if (first === undefined) return now
    now = ends.pop()!
    end(first)
  }
}

/** Before all that end at that time or earlier. */
const placeOf = (ends: ReadonlyArray<number>, until: number): number => {
  let [low, high] = [0, ends.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ends[middle]! <= until) high = middle
    else low = middle + 1
  }
  return low
}
