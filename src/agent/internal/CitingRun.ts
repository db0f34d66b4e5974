/**
 * What a run, and each step of it, cites.
 *
 * 1. A citation has a place: its turn in the run or step that makes it, inside of the place of that in what is around it.
 *    A step has the place that its pipeline gives it, whenever it runs.
 * 2. Citations stand in the order of their places, so the same run cites in the same order each time, although its steps
 *    come to their ends in any.
 * 3. An equal citation is kept once, at its first place.
 */
import type * as Run from "../Run.ts"
import * as CanonicalJson from "./CanonicalJson.ts"

/** Where a citation stands: its turn, and where that is inside of what is around it. */
export interface Place {
  readonly at: number
  readonly inside: Place | undefined
}

interface Placed {
  readonly citation: Run.Citation
  place: Place
}

/** A run that cites: a whole one, or the part of one that a step sees. */
export abstract class CitingRun {
  private taken = 0
  private placed: Map<string, Placed> | undefined = undefined

  /** The run around this one, whose place `place` this one has. */
  protected abstract readonly around: Run.Run | undefined
  abstract readonly place: number

  /** Takes the next `count` places, each for a citation, or for what starts inside, and answers with the first. */
  takePlaces(count: number): number {
    const first = this.taken
    this.taken += count
    return first
  }

  /** What it, and all that ran inside of it, have cited. */
  get cited(): ReadonlyArray<Run.Citation> {
    if (this.placed === undefined) return []
    return Array.from(this.placed.values()).toSorted((a, b) => compare(a.place, b.place)).map(({ citation }) =>
      citation
    )
  }

  cite(citation: Run.Citation): void {
    this.keep(CanonicalJson.stringify(citation), citation, { at: this.takePlaces(1), inside: undefined })
  }

  /** Keeps what is cited here and inside, and in the run around. */
  protected keep(key: string, citation: Run.Citation, place: Place): void {
    const placed = this.placed ??= new Map()
    const kept = placed.get(key)
    if (kept === undefined) placed.set(key, { citation, place })
    else if (compare(place, kept.place) < 0) kept.place = place
    const { around } = this
    if (around instanceof CitingRun) around.keep(key, citation, { at: this.place, inside: place })
    else around?.cite(citation)
  }
}

/** Takes the next `count` places of `run`, and answers with the first. */
export const takePlaces = (run: Run.Run | undefined, count: number): number =>
  run instanceof CitingRun ? run.takePlaces(count) : 0

const compare = (a: Place, b: Place): number => {
  let [left, right]: [Place | undefined, Place | undefined] = [a, b]
  while (left !== undefined && right !== undefined) {
    if (left.at !== right.at) return left.at - right.at
    left = left.inside
    right = right.inside
  }
  return left === right ? 0 : left === undefined ? -1 : 1
}
