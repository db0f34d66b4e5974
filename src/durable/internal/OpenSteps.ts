/**
 * Which steps of a run have begun and not ended, as its events are read in order.
 *
 * 1. A run that was parked goes on with what it knows: what fails it may come before the steps that were waiting beside that, and then
 *    these never begin in that process, and emit no end. A run that is cancelled while it is parked emits none for any of them.
 * 2. They end where what is around them ends: there they are read as interrupted, as they are in process.
 * 3. Inside of a step that succeeded, only what a failure beside it had stopped: what was lost in a crash was not interrupted.
 */
import type { PipelineEvent } from "../../pipeline/PipelineEvent.ts"
import * as StepPath from "./StepPath.ts"

type Began = Extract<PipelineEvent, { readonly _tag: "StepStarted" | "AgentStarted" }>

interface Begun {
  readonly event: Began
  readonly place: string
}

/** Of one run. */
export class OpenSteps {
  private open: ReadonlyArray<Begun> = []
  /** What was read as interrupted. */
  private readonly closed = new Set<string>()
  private readonly failed = new Set<string>()

  /** The event, behind the ends that are missing before it: nothing where it is an end that was read already. */
  next(event: PipelineEvent): ReadonlyArray<PipelineEvent> {
    const place = StepPath.of(event.path)
    const key = `${event._tag} ${place}`
    switch (event._tag) {
      case "StepStarted":
      case "AgentStarted": {
        this.closed.delete(`${endOf(event)} ${place}`)
        this.open = [...this.open.filter((one) => one.place !== place || one.event._tag !== event._tag), {
          event,
          place
        }]
        return [event]
      }
      case "StepInterrupted":
      case "AgentEnded": {
        if (this.closed.has(key)) return []
        const ends = this.close(event, (one) => isBelow(one, place))
        this.forget((one) => one.place === place && endOf(one.event) === event._tag)
        if (event._tag === "StepInterrupted") this.failed.add(place)
        return [...ends, event]
      }
      case "StepFailed":
      case "StepRetried": {
        const ends = this.close(event, (one) => isBelow(one, place) || isAgentAt(one, place))
        if (event._tag === "StepFailed") this.forget((one) => one.place === place)
        this.failed.add(place)
        return [...ends, event]
      }
      case "StepFinished":
      case "StepSkipped":
      case "StepCached": {
        const isStopped = [...this.failed].some((failed) => failed.startsWith(`${place}/`))
        const ends = isStopped ? this.close(event, (one) => isBelow(one, place)) : []
        this.forget((one) => one.place === place || isBelow(one, place))
        return [...ends, event]
      }
      case "RunEnded":
        return [...(event.outcome === "completed" ? [] : this.close(event, () => true)), event]
      default:
        return [event]
    }
  }

  private forget(which: (one: Begun) => boolean): void {
    this.open = this.open.filter((one) => !which(one))
  }

  /** Their ends, those that began last first. */
  private close({ at }: PipelineEvent, which: (one: Begun) => boolean): ReadonlyArray<PipelineEvent> {
    const ending = this.open.filter(which).toReversed()
    this.forget(which)
    return ending.map(({ event, place }) => {
      const { path, run, seq } = event
      this.closed.add(`${endOf(event)} ${place}`)
      return event._tag === "StepStarted"
        ? { _tag: "StepInterrupted", path, run, seq, at }
        : { _tag: "AgentEnded", agent: event.agent, outcome: "interrupted", path, run, seq, at }
    })
  }
}

const endOf = ({ _tag }: Began): "StepInterrupted" | "AgentEnded" =>
  _tag === "StepStarted" ? "StepInterrupted" : "AgentEnded"

const isBelow = (one: Begun, place: string): boolean => one.place.startsWith(`${place}/`)

const isAgentAt = (one: Begun, place: string): boolean => one.place === place && one.event._tag === "AgentStarted"
