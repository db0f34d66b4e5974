/**
 * Starts the fibers of the steps of one run that is not observed, each in a context that knows the place of its step.
 *
 * Steps of one line share a context: each waits for the one before it, so they never run at the same time. A context of its own
 * costs 60 to 80 ns, a tenth of a step that awaits.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import { RunPart } from "../../agent/internal/RunPart.ts"
import * as Run from "../../agent/Run.ts"

/** Starts a fiber in the context of a step. */
type Fork = (
  effect: Effect.Effect<unknown, unknown>,
  options: Effect.RunOptions
) => Fiber.Fiber<unknown, unknown>

/** A line that no other step follows on is not worth keeping. */
const alone = -1

/** The number of the line of each step. `before` has the steps that each one waits for, all of them earlier. */
export const linesOf = (before: ReadonlyArray<ReadonlyArray<number>>): ReadonlyArray<number> => {
  const isFollowed = before.map(() => false)
  const leaders = before.map((places) => {
    const leader = places.find((place) => !isFollowed[place])
    if (leader !== undefined) isFollowed[leader] = true
    return leader
  })
  const lines: Array<number> = []
  let count = 0
  leaders.forEach((leader, at) => lines.push(leader !== undefined ? lines[leader]! : isFollowed[at] ? count++ : alone))
  return lines
}

interface Line {
  readonly part: RunPart
  readonly fork: Fork
}

/** `first` is the place of the first step in `run`, and those after it have the places after that. */
export const make = (
  context: Context.Context<never>,
  run: Run.Run | undefined,
  first: number,
  lines: ReadonlyArray<number>
): (at: number) => Fork => {
  if (run === undefined) {
    const fork = Effect.runForkWith(context)
    return () => fork
  }
  const begun: Array<Line | undefined> = []
  return (at) => {
    const number = lines[at]!
    const line = number === alone ? undefined : begun[number]
    if (line !== undefined) {
      line.part.place = first + at
      return line.fork
    }
    const part = new RunPart(run, first + at)
    const fork = Effect.runForkWith(Context.add(context, Run.Current, part))
    if (number !== alone) begun[number] = { part, fork }
    return fork
  }
}
