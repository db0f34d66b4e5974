/**
 * Names for the events of a run, the same in each process that runs it. A name has what happened, the path of its step, and how
 * many events with both of these came before it.
 *
 * The count begins at 0 again after each retry of a step around the event. So a replay may leave out the events inside of an attempt
 * whose limit had passed, and the events of the next attempt still have the same names. The events of the step itself are around its
 * attempts: a replay of a step that was recorded leaves its retries out.
 */

/** The name of the end of a run: it has one, and no event after that. */
export const endOfRun = "RunEnded  0"

const ofSteps: ReadonlySet<string> = new Set([
  "StepStarted",
  "StepRetried",
  "StepFinished",
  "StepFailed",
  "StepSkipped",
  "StepCached",
  "StepInterrupted"
])

/** Of one attempt at a run, in one process. */
export class EventKeys {
  private readonly counts = new Map<string, number>()
  private readonly retries = new Map<string, number>()

  /** The name of the event that comes next. */
  next(event: { readonly _tag: string; readonly path?: ReadonlyArray<string> }): string {
    const { path = [] } = event
    const place = path.join("/")
    const around = ofSteps.has(event._tag) ? path.slice(0, -1) : path
    const retries = around.map((_, at) => this.retries.get(path.slice(0, at + 1).join("/")) ?? 0)
    const attempt = retries.some((count) => count > 0) ? ` ${retries.join(".")}` : ""
    const name = `${event._tag} ${place}${attempt}`
    const count = this.counts.get(name) ?? 0
    this.counts.set(name, count + 1)
    if (event._tag === "StepRetried") this.retries.set(place, (this.retries.get(place) ?? 0) + 1)
    return `${name} ${count}`
  }
}
