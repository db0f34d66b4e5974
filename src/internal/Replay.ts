/**
 * What a run would have taken with another number of slots, by what its steps took.
 */
import type { Drawing } from "../pipeline/PipelineEvent.ts"
import * as ReadyQueue from "./ReadyQueue.ts"

/**
 * Milliseconds from the first start to the last end, with each step as long as `took` says, at most `slots` at a time, and
 * turns given as a run gives them. Steps of which `took` says nothing did not run.
 */
export const duration = (
  steps: Drawing["steps"],
  took: (step: string) => number | undefined,
  slots: number
): number => {
  const position = new Map(steps.map(({ name }, at) => [name, at]))
  const next: ReadonlyArray<Array<number>> = steps.map(() => [])
  const missing = steps.map(({ after }, at) => {
    for (const name of after) next[position.get(name)!]!.push(at)
    return after.length
  })
  const expected = steps.map(({ expected = 0 }) => expected)
  const ready = ReadyQueue.make(slots === Infinity ? [] : ReadyQueue.remaining(expected, next))()
  missing.forEach((count, at) => count === 0 && ready.push(at))
  let running: Array<{ readonly at: number; readonly end: number }> = []
  let now = 0
  while (true) {
    while (running.length < slots) {
      const at = ready.shift()
      if (at === undefined) break
      const time = at === 0 ? 0 : took(steps[at]!.name)
      if (time !== undefined) running.push({ at, end: now + time })
    }
    if (running.length === 0) return now
    const first = running.reduce((a, b) => b.end < a.end ? b : a)
    now = first.end
    running = running.filter((one) => one !== first)
    for (const waiting of next[first.at]!) if (--missing[waiting]! === 0) ready.push(waiting)
  }
}
