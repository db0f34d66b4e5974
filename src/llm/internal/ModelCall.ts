/**
 * One call of a language model, as its listeners see it.
 *
 * 1. A call begins where `LanguageModel` asks the outermost provider. A model of ours below another is part of the same call.
 * 2. Where a detailed listener is there, the vendor answers a whole call by its stream, whose pieces are emitted and put
 *    together again. The layers between see a whole call either way: caches, retries and budgets work the same.
 * 3. What was emitted of an attempt that broke off is void: `ModelRetried` says so before the next attempt.
 */
import type * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Cause from "effect/Cause"
import type * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as AgentEvents from "../../agent/internal/AgentEvents.ts"
import type * as Observer from "../../agent/internal/Observer.ts"
import * as TaggedMessage from "../../agent/internal/TaggedMessage.ts"
import type { LlmUsage } from "../LlmUsage.ts"
import { Gathered } from "./Gathered.ts"
import type { GrowingAnswer } from "./GrowingAnswer.ts"

/** The call that is going on. */
export class ModelCall {
  readonly observer: Observer.Observer | undefined
  /** What each listener calls it: they count the calls that they have seen. */
  private readonly ids: ReadonlyArray<string>
  /** Whether the vendor may stream for the listeners. */
  readonly mayStream: boolean
  private readonly clock: Clock.Clock
  private readonly began: bigint
  /** Whether pieces of the answer were emitted. */
  private hasEmitted = false

  private readonly isSecret: boolean
  private readonly makeGrowing: () => GrowingAnswer | undefined
  private growing: GrowingAnswer | undefined

  /**
   * `makeGrowing` makes what shows an answer of a schema as it grows, anew for each attempt. Of an answer that `isSecret` no
   * piece is emitted.
   */
  constructor(
    observer: Observer.Observer | undefined,
    clock: Clock.Clock,
    mayStream: boolean,
    isSecret: boolean,
    makeGrowing: () => GrowingAnswer | undefined
  ) {
    this.isSecret = isSecret
    this.makeGrowing = makeGrowing
    this.growing = observer === undefined ? undefined : makeGrowing()
    this.observer = observer
    this.clock = clock
    this.mayStream = mayStream && observer !== undefined
    this.began = clock.monotonicTimeNanosUnsafe()
    this.ids = observer === undefined ? [] : observer.places.map(({ listener }) => `m${++listener.modelCalls}`)
  }

  get ms(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe() - this.began) / 1e6
  }

  asked(provider: string, model: string): Effect.Effect<void> {
    const { ids } = this
    return this.emit((path, at, index) => ({ _tag: "ModelAsked", path, call: ids[index]!, provider, model, at }))
  }

  /** Emits the pieces of an array, in their order. Waits where a listener has no room. */
  pieces(parts: ReadonlyArray<Response.StreamPartEncoded>): Effect.Effect<void> {
    const { observer } = this
    if (observer === undefined) return Effect.void
    for (let at = 0; at < parts.length; at++) {
      const event = this.eventOf(parts[at]!)
      if (event === undefined) continue
      this.hasEmitted = true
      if (observer.hasRoom) AgentEvents.emitNowAt(observer, event)
      else return Effect.andThen(this.emit(event), Effect.suspend(() => this.pieces(parts.slice(at + 1))))
    }
    return Effect.void
  }

  private eventOf(part: Response.StreamPartEncoded): AgentEvents.MakeEvent | undefined {
    const { ids } = this
    if (this.isSecret) return undefined
    if (part.type === "text-delta" || part.type === "reasoning-delta") {
      const { delta: text } = part
      const _tag = part.type === "text-delta" ? "TextDelta" : "ReasoningDelta"
      return text === "" ? undefined : (path, at, index) => ({ _tag, path, call: ids[index]!, text, at })
    }
    const value = this.growing?.add(part)
    return value === undefined
      ? undefined
      : (path, at, index) => ({ _tag: "AnswerGrew", path, call: ids[index]!, value, at })
  }

  /** An answer that came in one piece, from a cache or from a server that does not stream. */
  whole(parts: ReadonlyArray<Response.PartEncoded>): Effect.Effect<void> {
    if (this.observer === undefined || this.hasEmitted) return Effect.void
    return this.pieces(
      parts.flatMap((part): ReadonlyArray<Response.StreamPartEncoded> => {
        if (part.type === "text" || part.type === "reasoning") {
          return [{ type: `${part.type}-delta`, id: "0", delta: part.text }]
        }
        if (part.type !== "tool-call" || this.growing === undefined) return []
        const { id, name } = part
        return [
          { type: "tool-params-start", id, name },
          { type: "tool-params-delta", id, delta: JSON.stringify(part.params) }
        ]
      })
    )
  }

  /** An attempt broke off. */
  brokeOff(error: AiError.AiError): Effect.Effect<void> {
    if (!this.hasEmitted) return Effect.void
    this.hasEmitted = false
    this.growing = this.makeGrowing()
    const { ids } = this
    return this.emit((path, at, index) => ({
      _tag: "ModelRetried",
      path,
      call: ids[index]!,
      error: TaggedMessage.of(error),
      at
    }))
  }

  answered(
    { identity: { cached, model, provider }, usage }: LlmUsage,
    finishReason: Response.FinishReason
  ): Effect.Effect<void> {
    const { ids, ms } = this
    return this.emit((path, at, index) => ({
      _tag: "ModelCalled",
      path,
      call: ids[index]!,
      provider,
      model,
      finishReason,
      usage,
      ...(cached === undefined ? undefined : { cached }),
      ms,
      at
    }))
  }

  failed(cause: Cause.Cause<unknown>): void {
    const { ids, ms, observer } = this
    if (observer === undefined) return
    const error = Cause.hasInterruptsOnly(cause) ? interrupted : TaggedMessage.of(Cause.squash(cause))
    AgentEvents.emitNowAt(
      observer,
      (path, at, index) => ({ _tag: "ModelFailed", path, call: ids[index]!, error, ms, at })
    )
  }

  private emit(event: AgentEvents.MakeEvent): Effect.Effect<void> {
    return this.observer === undefined ? Effect.void : AgentEvents.emitAt(this.observer, event)
  }
}

const interrupted = { _tag: "Interrupted", message: "the call was interrupted" }

/** The call that goes on around this place. */
export const Current = Context.Reference<ModelCall | undefined>("greenlang/llm/internal/ModelCall", {
  defaultValue: () => undefined
})

/** Whether what a model is asked, and what it answers, may hold what a schema says is `Redacted`. Nothing of that is shown. */
export interface Secrets {
  readonly prompt: boolean
  readonly answer: boolean
}

/** No schema says that there are secrets. */
export const noSecrets: Secrets = { prompt: false, answer: false }

/** The secrets of the calls that are made inside. */
export const CurrentSecrets = Context.Reference<Secrets>("greenlang/llm/internal/ModelCall/CurrentSecrets", {
  defaultValue: () => noSecrets
})

/** Asks a vendor for a whole answer: by its stream, where that is to be heard. `each` has the parts of the stream taken. */
export const ask = <R>(
  generate: () => Effect.Effect<Array<Response.PartEncoded>, AiError.AiError, R>,
  each: (
    take: (parts: ReadonlyArray<Response.StreamPartEncoded>) => Effect.Effect<void>
  ) => Effect.Effect<void, AiError.AiError, R>
): Effect.Effect<Array<Response.PartEncoded>, AiError.AiError, R> =>
  Effect.withFiber((fiber) => {
    const call = fiber.getRef(Current)
    if (call === undefined || !call.mayStream) return generate()
    const gathered = new Gathered()
    const take = (parts: ReadonlyArray<Response.StreamPartEncoded>) => {
      for (const part of parts) gathered.add(part)
      return call.pieces(parts)
    }
    return Effect.tapError(
      Effect.flatMap(
        each(take),
        () => gathered.error === undefined ? Effect.succeed(gathered.parts) : Effect.fail(gathered.error)
      ),
      (error) => call.brokeOff(error)
    )
  })
