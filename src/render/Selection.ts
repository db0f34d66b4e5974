/**
 * Which steps of a large run are shown.
 */

/** The facts by which a step is chosen. `path` has the names of the pipelines around it first. @category models */
export interface Timed {
  readonly path: ReadonlyArray<string>
  readonly state: string
  readonly duration?: number
}

/**
 * At most about `most` steps, in their order: those that failed, those of the critical path, the slowest and the first ones,
 * a quarter each, and the steps around them.
 *
 * ```ts
 * import * as Selection from "greenlang/render/Selection"
 *
 * const steps = [5, 1, 1, 1, 1, 9].map((duration, at) => ({ path: [`${at}`], state: "finished", duration }))
 * Selection.steps(steps, [], 4).map(({ path }) => path[0]) // => ["0", "1", "2", "5"]
 * ```
 *
 * @category choosing
 */
export const steps = <Step extends Timed>(
  all: ReadonlyArray<Step>,
  criticalPath: ReadonlyArray<string>,
  most: number
): ReadonlyArray<Step> => {
  if (all.length <= most) return all
  const chosen = new Set<Step>()
  const take = (some: Iterable<Step>, count: number) => {
    const full = Math.min(most, chosen.size + count)
    for (const step of some) {
      if (chosen.size >= full) return
      chosen.add(step)
    }
  }
  const quarter = Math.ceil(most / 4)
  const critical = new Set(criticalPath)
  take(all.filter(({ state }) => state === "failed"), quarter)
  take(all.filter(({ path }) => path.length === 1 && critical.has(path[0]!)), quarter)
  take(all.toSorted((a, b) => (b.duration ?? 0) - (a.duration ?? 0)), quarter)
  take(all, most)
  const around = new Set<string>()
  for (const { path } of chosen) {
    for (let length = 1; length < path.length; length++) around.add(JSON.stringify(path.slice(0, length)))
  }
  return all.filter((step) => chosen.has(step) || (around.size > 0 && around.has(JSON.stringify(step.path))))
}
