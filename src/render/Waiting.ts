/**
 * When each step of a run was ready, and what it waited for until it started.
 */

/** The times of a step, in milliseconds since the run began. @category models */
export interface Timed {
  readonly path: ReadonlyArray<string>
  /** The names of the steps before it, in the same pipeline. */
  readonly after: ReadonlyArray<string>
  readonly startedAt?: number
  readonly duration?: number
  /** What its events say that it waited for. */
  readonly gaps?: ReadonlyArray<{ readonly for: string }>
}

/**
 * `readyAt` is when the last step before it had ended. `waited` is the time from then until it started, and `reason` what it
 * waited for: a worker of durable runs, where its events say so, a place, while as many steps ran as ever did, or the event loop, which
 * something held.
 *
 * @category models
 */
export interface Wait {
  readonly readyAt: number
  readonly waited: number
  readonly reason: "a worker" | "a place" | "the event loop"
}

/** Shorter gaps are the work of the run itself: of starting a step, and of turns of the event loop that hold nothing up. */
const shortest = { "a worker": 1, "a place": 1, "the event loop": 50 }

/**
 * The waits of the steps that started at least a millisecond after they were ready, for the event loop 50 milliseconds, and after
 * at least a hundredth of the run.
 * Steps without an arrow, such as the items of a list, have no known time at which they were ready.
 *
 * ```ts
 * import * as Waiting from "greenlang/render/Waiting"
 *
 * const a = { path: ["a"], after: ["input"], startedAt: 0, duration: 100 }
 * const b = { path: ["b"], after: ["input"], startedAt: 100, duration: 50 }
 * Waiting.find([a, b]).get(b) // => { readyAt: 0, waited: 100, reason: "a place" }
 * ```
 *
 * @category reading
 */
export const find = <Step extends Timed>(steps: ReadonlyArray<Step>): ReadonlyMap<Step, Wait> => {
  const waits = new Map<Step, Wait>()
  const ends = new Map(steps.map((step) => [keyOf(step.path), endOf(step)]))
  const starts = new Map(steps.map((step) => [keyOf(step.path), step.startedAt ?? 0]))
  const whole = steps.reduce((longest, step) => Math.max(longest, endOf(step)), 0)
  const running = runningOf(steps)
  for (const step of steps) {
    const { after, path, startedAt } = step
    if (startedAt === undefined || after.length === 0) continue
    const around = path.slice(0, -1)
    let readyAt = around.length === 0 ? 0 : starts.get(keyOf(around)) ?? 0
    for (const name of after) readyAt = Math.max(readyAt, ends.get(keyOf([...around, name])) ?? 0)
    const waited = startedAt - readyAt
    const isIdle = step.gaps?.some((gap) => gap.for === "worker") === true
    const reason = isIdle ? "a worker" : running.isFull(readyAt, startedAt) ? "a place" : "the event loop"
    if (waited < shortest[reason] || waited < whole / 100) continue
    waits.set(step, { readyAt, waited, reason })
  }
  return waits
}

const keyOf = (path: ReadonlyArray<string>): string => JSON.stringify(path)

const endOf = ({ duration = 0, startedAt = 0 }: Timed): number => startedAt + duration

/** How many steps of the outermost pipeline run, over time. */
const runningOf = (steps: ReadonlyArray<Timed>) => {
  const changes = steps.flatMap((step) =>
    step.path.length === 1 && step.startedAt !== undefined
      ? [{ at: step.startedAt, by: 1 }, { at: endOf(step), by: -1 }]
      : []
  ).toSorted((a, b) => a.at - b.at || a.by - b.by)
  const counts: Array<{ readonly at: number; readonly count: number }> = []
  let count = 0
  for (const { at, by } of changes) counts.push({ at, count: count += by })
  const most = counts.reduce((most, { count }) => Math.max(most, count), 0)
  return {
    /** Whether in the middle of this time as many steps ran as ever did. */
    isFull: (from: number, to: number): boolean => {
      const middle = (from + to) / 2
      let [low, high] = [0, counts.length]
      while (low < high) {
        const at = (low + high) >> 1
        if (counts[at]!.at <= middle) low = at + 1
        else high = at
      }
      return (counts[low - 1]?.count ?? 0) === most
    }
  }
}
