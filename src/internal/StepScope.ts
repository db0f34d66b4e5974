/**
 * Where a step reports from, while somebody listens to the run: `undefined` otherwise, so that an unobserved run pays
 * for nothing.
 */
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type { PipelineEvent } from "../pipeline/PipelineEvent.ts"

type WithoutTime<Event> = Event extends unknown ? Omit<Event, "at"> : never

/** Everybody who reports to the listener of one outermost run. */
export class Listener {
  private readonly clock: Clock.Clock
  private readonly began: bigint
  private readonly listen: (event: PipelineEvent) => void

  constructor(clock: Clock.Clock, listen: (event: PipelineEvent) => void) {
    this.clock = clock
    this.listen = listen
    this.began = clock.monotonicTimeNanosUnsafe()
  }

  tell(event: WithoutTime<PipelineEvent>): void {
    const at = Number(this.clock.monotonicTimeNanosUnsafe() - this.began) / 1e6
    this.listen({ ...event, at } as PipelineEvent)
  }
}

/** One step, from its start to its end. */
export class StepScope {
  readonly listener: Listener
  readonly path: ReadonlyArray<string>
  attempts = 1
  skipped = false
  /** What the step failed with before a policy made an answer of it. */
  recovered: unknown = undefined

  constructor(listener: Listener, path: ReadonlyArray<string>) {
    this.listener = listener
    this.path = path
  }

  started(): void {
    this.listener.tell({ _tag: "StepStarted", path: this.path })
  }

  retried(error: unknown): void {
    this.listener.tell({ _tag: "StepRetried", path: this.path, attempt: ++this.attempts, error: describe(error) })
  }

  finished(): void {
    const { attempts, path, recovered } = this
    if (this.skipped) return this.listener.tell({ _tag: "StepSkipped", path })
    const from = recovered === undefined ? undefined : { recoveredFrom: describe(recovered) }
    this.listener.tell({ _tag: "StepFinished", path, attempts, ...from })
  }

  failed(cause: Cause.Cause<unknown>): void {
    const { attempts, path } = this
    this.listener.tell(
      Cause.hasInterruptsOnly(cause)
        ? { _tag: "StepInterrupted", path }
        : { _tag: "StepFailed", path, attempts, error: describe(Cause.squash(cause)) }
    )
  }
}

/** The step that is running, or the outermost run with an empty path. */
export const Current = Context.Reference<StepScope | undefined>("greenlang/internal/StepScope", {
  defaultValue: () => undefined
})

const describe = (error: unknown): { readonly _tag: string; readonly message: string } => {
  if (typeof error !== "object" || error === null) return { _tag: typeof error, message: String(error) }
  const tag = "_tag" in error && typeof error._tag === "string" ? error._tag : error.constructor.name
  return { _tag: tag, message: "message" in error ? String(error.message) : "" }
}
