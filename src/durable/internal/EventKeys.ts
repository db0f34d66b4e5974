/**
 * Names for the events of a run, the same in each process that runs it: by what happened, where, and the how manieth it is.
 *
 * Events are counted anew after each retry of a step around them. A replay that finds that the limit of an attempt had passed emits
 * nothing of what was inside of that attempt, and the events of the next one have the names that they had.
 */

export class EventKeys {
  private readonly counts = new Map<string, number>()
  private readonly retries = new Map<string, number>()

  /** The name of the event that comes next. */
  next(event: { readonly _tag: string; readonly path?: ReadonlyArray<string> }): string {
    const { path = [] } = event
    const place = path.join("/")
    const retries = path.map((_, at) => this.retries.get(path.slice(0, at + 1).join("/")) ?? 0)
    const attempt = retries.some((count) => count > 0) ? ` ${retries.join(".")}` : ""
    const name = `${event._tag} ${place}${attempt}`
    const count = this.counts.get(name) ?? 0
    this.counts.set(name, count + 1)
    if (event._tag === "StepRetried") this.retries.set(place, (this.retries.get(place) ?? 0) + 1)
    return `${name} ${count}`
  }
}
