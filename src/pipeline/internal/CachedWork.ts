/**
 * Work whose answers are kept in the `StepCache` and used again where the same is asked.
 */
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Agent from "../../agent/Agent.ts"
import * as CacheUse from "../../agent/internal/CacheUse.ts"
import * as CanonicalJson from "../../agent/internal/CanonicalJson.ts"
import { whole } from "../../agent/internal/RunPart.ts"
import * as Run from "../../agent/Run.ts"
import * as SafeJson from "../../internal/SafeJson.ts"
import { StepCache } from "../StepCache.ts"
import { ReplayableRun } from "./ReplayableRun.ts"
import * as StepScope from "./StepScope.ts"

type AnySchema = Schema.ConstraintCodec<unknown, unknown>

/** An answer, what the work recorded in its run, and when. */
const Kept = Schema.Struct({
  keptAt: Schema.DateTimeUtcFromMillis,
  value: Schema.Json,
  citations: Schema.Array(Run.Citation),
  annotations: Schema.Record(Schema.String, Schema.Json)
})
type Kept = typeof Kept.Type

const decodeKept = Schema.decodeUnknownEffect(Kept)
/** Throws where the text is not JSON, or is nested too deep. */
const read = (text: string) => Effect.suspend(() => decodeKept(SafeJson.parse(text)))
const write = Schema.encodeEffect(Schema.fromJsonString(Kept))

/** By which schemas answers are kept, and for how long. */
export interface Options<Out> {
  /** Of what the work is given, as it is in the program. */
  readonly given: AnySchema
  readonly output: Schema.ConstraintCodec<Out, unknown>
  /** Which, when they change, make other work of it. */
  readonly schemas: ReadonlyArray<Schema.Constraint>
  readonly timeToLive: Duration.Duration
}

/** One piece of work. */
export interface Work<Out, E, R> {
  readonly step: string
  /** Names and versions of those who do it. */
  readonly who: ReadonlyArray<string>
  readonly given: unknown
  readonly run: Effect.Effect<Out, E, R>
}

/** The name of the policy of a step whose answers are kept. */
export const policy = (timeToLive: Duration.Duration): string => `cached for ${Duration.format(timeToLive)}`

/** Whether the answers of a step are kept. */
export const isCached = ({ policies }: { readonly policies: ReadonlyArray<string> }): boolean =>
  policies.some((policy) => policy.startsWith("cached for "))

/** What an agent answers to its input. */
export const ofAgent = (agent: Agent.Any, timeToLive: Duration.Duration): Options<unknown> => ({
  given: Schema.toEncoded(agent.input),
  output: agent.output,
  schemas: [agent.input, agent.output],
  timeToLive
})

/**
 * An agent, by itself: its answers serve any step that runs it. What a step does besides, or a combinator made of the agent,
 * is known by the name of the step in its pipeline.
 */
export const who = (agent: Agent.Any | undefined, run: Run.Run | undefined, step: string): ReadonlyArray<string> => [
  ...(agent === undefined ? [] : [agent.name, agent.version]),
  ...(agent === undefined || agent[Agent.TypeId].definition.derived ? [run?.agent ?? "", run?.version ?? "", step] : [])
]

/** Answers with how to do a piece of work, or to spare it. */
export const make = <Out>({ given, output, schemas, timeToLive }: Options<Out>) => {
  const answer = Schema.toCodecJson(Schema.toType(output))
  const encodeGiven = Schema.encodeUnknownEffect(Schema.toCodecJson(Schema.toType(given)))
  const encode = Schema.encodeUnknownEffect(answer)
  // what is read by the codec of a type is of that type
  const decode = Schema.decodeUnknownEffect(answer) as (json: Schema.Json) => Effect.Effect<Out, Schema.SchemaError>
  let known: string | undefined
  const keyOf = (who: ReadonlyArray<string>, given: unknown) =>
    `step ${CanonicalJson.stringify(who)}\n${CanonicalJson.stringify(given)}\n${known ??= CanonicalJson.stringify(
      schemas.map(sides)
    )}`

  const find = (cache: StepCache["Service"], key: string) => {
    const found = Effect.gen(function*() {
      const text = yield* cache.get(key)
      if (Option.isNone(text)) return Option.none<Answered<Out>>()
      const kept = yield* read(text.value)
      return Option.some<Answered<Out>>({ value: yield* decode(kept.value), kept, isNew: false })
    })
    return CacheUse.attempt({ ...reading, store: cache }, found, Option.none<Answered<Out>>())
  }

  const keep = Effect.fnUntraced(
    function*(cache: StepCache["Service"], key: string, value: Out, run: ReplayableRun | undefined) {
      const { annotated = {}, cited = [] } = run ?? {}
      const encoded = Effect.gen(function*() {
        const kept: Kept = {
          keptAt: yield* DateTime.now,
          value: yield* encode(value),
          citations: cited,
          annotations: annotated
        }
        return { kept, text: yield* write(kept) }
      })
      const entry = yield* CacheUse.attempt(writing, encoded, undefined)
      if (entry === undefined) return undefined
      const set = Effect.suspend(() => cache.set(key, entry.text, Duration.toMillis(timeToLive)))
      yield* CacheUse.attempt({ ...writing, store: cache }, set, undefined)
      return entry.kept
    }
  )

  return Effect.fnUntraced(function*<E, R>(work: Work<Out, E, R>): Effect.fn.Return<Out, E, R | StepCache> {
    const { run, step, who } = work
    const cache = yield* StepCache
    const asked = Effect.map(encodeGiven(work.given), (json) => keyOf(who, json))
    const key = yield* CacheUse.attempt(reading, asked, undefined)
    if (key === undefined) return yield* run
    const outside = yield* Run.Current
    const lead = Effect.gen(function*() {
      const found = yield* find(cache, key)
      if (Option.isSome(found)) return found.value
      const recording = outside && ReplayableRun.inside(outside)
      const value = yield* Effect.provideService(run, Run.Current, recording)
      return { value, kept: yield* keep(cache, key, value, recording), isNew: true }
    })
    const follow = (kept: Kept) => {
      const answered = Effect.map(decode(kept.value), (value) => Option.some({ value, kept, isNew: false }))
      return CacheUse.attempt(reading, answered, Option.none<Answered<Out>>())
    }
    const { isNew, kept, value } = yield* share(cache, key, lead, follow)
    if (!isNew && kept !== undefined) yield* tellAgain(kept, outside, step)
    return value
  })
}

const reading = { cache: "step", operation: "read" } as const
const writing = { cache: "step", operation: "write" } as const

/** What a schema says of its values in the program and outside of it. */
const sides = (schema: Schema.Constraint) =>
  [Schema.toType(schema), Schema.toEncoded(schema)].map((side) => Schema.toRepresentation(side))

interface Answered<Out> {
  readonly value: Out
  /** Nothing where it could not be kept. */
  readonly kept: Kept | undefined
  readonly isNew: boolean
}

/** Those who are at work, by the store and the key of what they are asked. */
const underWay = new WeakMap<StepCache["Service"], Map<string, Deferred.Deferred<Option.Option<Kept>>>>()

/**
 * Does the work, or waits for who does the same at the moment. Where that one fails or is interrupted, the next of those
 * who wait does the work.
 */
const share = <Out, E, R>(
  cache: StepCache["Service"],
  key: string,
  lead: Effect.Effect<Answered<Out>, E, R>,
  follow: (kept: Kept) => Effect.Effect<Option.Option<Answered<Out>>>
): Effect.Effect<Answered<Out>, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.suspend((): Effect.Effect<Answered<Out>, E, R> => {
      const known = underWay.get(cache)
      const flights = known ?? new Map<string, Deferred.Deferred<Option.Option<Kept>>>()
      if (known === undefined) underWay.set(cache, flights)
      const flight = flights.get(key)
      if (flight !== undefined) {
        return restore(
          Deferred.await(flight).pipe(
            Effect.flatMap(Option.match({ onNone: () => Effect.succeedNone, onSome: follow })),
            Effect.flatMap(Option.match({
              onNone: () => share(cache, key, lead, follow),
              onSome: (answered) => Effect.succeed(answered)
            }))
          )
        )
      }
      const mine = Deferred.makeUnsafe<Option.Option<Kept>>()
      flights.set(key, mine)
      return Effect.onExit(restore(lead), (exit) =>
        Effect.sync(() => {
          flights.delete(key)
          Deferred.doneUnsafe(
            mine,
            Exit.succeed(Exit.isSuccess(exit) ? Option.fromUndefinedOr(exit.value.kept) : Option.none())
          )
        }))
    })
  )

/** So that no number loses its source, and the answer is not taken for a new one. */
const tellAgain = (kept: Kept, run: Run.Run | undefined, step: string): Effect.Effect<void> =>
  Effect.map(StepScope.current, (scope) => {
    if (scope !== undefined) scope.keptAt = kept.keptAt
    for (const citation of kept.citations) run?.cite(citation)
    for (const [key, value] of Object.entries(kept.annotations)) run?.annotate(key, value)
    const cached = { ...(run && { pipeline: run.agent }), step, keptAt: DateTime.formatIso(kept.keptAt) }
    for (let around = run && whole(run); around !== undefined; around = around.parent && whole(around.parent)) {
      const others = around.annotations["cached"]
      around.annotate("cached", [...(Array.isArray(others) ? others : []), cached])
    }
  })
