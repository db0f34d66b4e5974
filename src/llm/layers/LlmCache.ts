/**
 * Answers a request that was answered before without asking again, and asks once where several ask the same at a time.
 *
 * Two requests are the same when nothing that decides about the answer differs: provider, model and the provider's standing
 * `options`, the whole prompt, the schemas of tools and answer, the choice of tools, and `LlmSettings`. Answers that broke off
 * or were refused are not kept.
 */
import type * as AiError from "effect/ai/AiError"
import type * as IdGenerator from "effect/ai/IdGenerator"
import type * as Response from "effect/ai/Response"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Latch from "effect/Latch"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import type * as SqlClient from "effect/sql/SqlClient"
import * as Stream from "effect/Stream"
import * as CacheUse from "../../agent/internal/CacheUse.ts"
import * as CanonicalJson from "../../agent/internal/CanonicalJson.ts"
import * as Stated from "../../agent/internal/Stated.ts"
import type { DatabaseError } from "../../database/DatabaseError.ts"
import * as SafeJson from "../../internal/SafeJson.ts"
import * as EncodedRequest from "../EncodedRequest.ts"
import type { Part } from "../LlmCall.ts"
import { type LlmIdentity, metadataKey } from "../LlmIdentity.ts"
import { LlmProvider, type LlmProviderShape } from "../LlmProvider.ts"
import * as LlmRejection from "../LlmRejection.ts"
import * as LlmUsage from "../LlmUsage.ts"
import { LlmCacheStore } from "./LlmCacheStore.ts"

/** @category models */
export interface Options {
  /** How long an answer is kept. */
  readonly timeToLive: Duration.Input
}

/**
 * A cache in memory. When there are more than `capacity` answers (default: 1,000), those that were not used
 * for the longest time go.
 *
 * An answer out of the cache says so: its identity is `cached`, its usage is nothing, and `savedOf` reads what it took when it
 * was new. A stream is replayed as fast as it is read. A caller that sends the same request meanwhile gets its answer as
 * it comes, as one out of the cache; the vendor's connection stays open as long as one of them is left. Where a layer below
 * turned the first away, as by a budget of its own, the others ask for themselves.
 *
 * @category layers
 */
export const layer = (
  options: Options & { readonly capacity?: number }
): Layer.Layer<LlmProvider, never, LlmProvider> =>
  Layer.provide(layerStore(options), LlmCacheStore.layerMemory({ capacity: options.capacity ?? 1_000 }))

/**
 * The same in the database, for all who share it, and after a restart.
 *
 * @category layers
 */
export const layerSql = (
  options: Options
): Layer.Layer<LlmProvider, DatabaseError, LlmProvider | SqlClient.SqlClient> =>
  Layer.provide(layerStore(options), LlmCacheStore.layerSql)

/**
 * The same in any store. One that fails is logged, and the vendor is asked.
 *
 * @category layers
 */
export const layerStore = (
  options: Options
): Layer.Layer<LlmProvider, never, LlmProvider | LlmCacheStore> => {
  Stated.checkBounds("LlmCache", options, { timeToLive: "duration" })
  const { timeToLive } = options
  return LlmProvider.around(Effect.fnUntraced(function*(inner) {
    const store = yield* LlmCacheStore
    const scope = yield* Effect.scope
    const underWay = new Map<string, Shared>()

    const known = (key: string) => {
      const found = Effect.map(Effect.suspend(() => store.get(key)), Option.map((text) => hits(text, inner)))
      return CacheUse.attempt({ cache: "model", operation: "read", store }, found, Option.none<ReadonlyArray<Part>>())
    }
    const keep = (key: string, parts: ReadonlyArray<Part>) => {
      if (!isWhole(parts)) return Effect.void
      const kept = Effect.suspend(() => store.set(key, JSON.stringify(parts), Duration.toMillis(timeToLive)))
      return CacheUse.attempt({ cache: "model", operation: "write", store }, kept, undefined)
    }

    const asked = <A extends Part>(
      method: EncodedRequest.EncodedRequest["method"],
      request: Parameters<LlmProviderShape["stream"]>[0],
      ask: Stream.Stream<A, AiError.AiError, IdGenerator.IdGenerator>
    ): Stream.Stream<A, AiError.AiError, IdGenerator.IdGenerator> =>
      Stream.unwrap(Effect.gen(function*() {
        const key = keyOf(inner, yield* EncodedRequest.encode(inner, method, request))
        const source = Stream.unwrap(Effect.map(known(key), (found): Stream.Stream<
          Part,
          AiError.AiError,
          IdGenerator.IdGenerator
        > => {
          if (Option.isSome(found)) return Stream.fromIterable(found.value)
          const parts: Array<Part> = []
          return ask.pipe(
            Stream.tap((part) => Effect.sync(() => parts.push(part))),
            Stream.onEnd(Effect.suspend(() => keep(key, parts)))
          )
        }))
        const { isFirst, shared } = yield* join(underWay, key, source, scope)
        const parts = read(shared)
        // A key holds the method, and so what kind of parts it leads to.
        const answered = (isFirst ? parts : Stream.map(parts, (part) => hit(part, inner))) as Stream.Stream<
          A,
          AiError.AiError
        >
        return isFirst ?
          answered :
          Stream.catch(
            answered,
            (error) => LlmRejection.of(error) === undefined ? Stream.fail(error) : asked(method, request, ask)
          )
      }))

    return {
      ...inner,
      generate: (request) =>
        Effect.map(
          Stream.runCollect(asked("generate", request, Stream.fromIterableEffect(inner.generate(request)))),
          (parts) => [...parts]
        ),
      stream: (request) => asked("stream", request, inner.stream(request))
    }
  }))
}

/** The tokens that an answer out of the cache took when it was new. @category reading */
export const savedOf = (
  parts: ReadonlyArray<{ readonly type: string; readonly metadata?: Response.ProviderMetadata | undefined }>
): { readonly inputTokens: number; readonly outputTokens: number } | undefined => {
  const saved = parts.find(({ type }) => type === "finish")?.metadata?.[savedKey]
  // Written below, and nowhere else.
  return saved === undefined ? undefined : saved as { inputTokens: number; outputTokens: number }
}

const savedKey = "greenlang/cache"

/** Users write options and settings in any order. */
const keyOf = ({ options }: LlmProviderShape, { settings, ...request }: EncodedRequest.EncodedRequest): string =>
  JSON.stringify([
    request.provider,
    request.model,
    CanonicalJson.stringify(options),
    request.method,
    request.prompt,
    request.tools,
    request.toolChoice,
    request.toolCallValidation,
    request.responseFormat,
    CanonicalJson.stringify(settings)
  ])

const isWhole = (parts: ReadonlyArray<Part>): boolean =>
  parts.some((part) => part.type === "finish" && kept.has(part.reason)) && parts.every(({ type }) => type !== "error")

const kept = new Set<Response.FinishReason>(["stop", "tool-calls", "length"])

/** The parts of an answer that was given before. Throws where the text is not what `keep` writes. */
const hits = (text: string, provider: LlmProviderShape): ReadonlyArray<Part> => {
  const parts = SafeJson.parse(text)
  if (!areParts(parts) || !isWhole(parts)) throw new TypeError("the text in the cache is not an answer")
  return parts.map((part) => hit(part, provider))
}

/** What `keep` wrote is what a provider gave. */
const areParts = (value: unknown): value is ReadonlyArray<Part> =>
  Array.isArray(value) && value.every((part) => Predicate.hasProperty(part, "type") && typeof part.type === "string")

/** The part of an answer that was given before. */
const hit = (part: Part, { model, name, offline }: LlmProviderShape): Part => {
  if (part.type !== "finish" && part.type !== "response-metadata") return part
  const identity = part.metadata?.[metadataKey] ?? { provider: name, model, offline } satisfies LlmIdentity
  // A provider signs with an `LlmIdentity`, which is an object.
  const signed = { ...part.metadata, [metadataKey]: { ...identity as LlmIdentity, cached: true } }
  if (part.type === "response-metadata" || part.metadata?.[savedKey] !== undefined) return { ...part, metadata: signed }
  const { inputTokens, outputTokens } = LlmUsage.tokensOf(part)
  const { response: _, ...rest } = part
  return {
    ...rest,
    usage: {
      inputTokens: { total: 0, uncached: 0, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 0, text: 0, reasoning: 0 }
    },
    metadata: { ...signed, [savedKey]: { inputTokens, outputTokens } }
  }
}

/** A call under way, and all who read its answer. */
interface Shared {
  readonly parts: Array<Part>
  exit: Exit.Exit<void, AiError.AiError> | undefined
  fiber: Fiber.Fiber<void, AiError.AiError> | undefined
  readers: number
  /** Opens when there is more to read, or nothing more will come. */
  readonly grown: Latch.Latch
  /** Opens when a reader has read everything: the vendor is not read faster than its fastest reader. */
  readonly wanted: Latch.Latch
}

/**
 * Reads along with the call under `key`, or begins it. It runs in a fiber of its own, with what surrounds the first who
 * asked, and is interrupted when no reader is left.
 */
const join = Effect.fnUntraced(function*<R>(
  underWay: Map<string, Shared>,
  key: string,
  source: Stream.Stream<Part, AiError.AiError, R>,
  scope: Scope.Scope
) {
  return yield* Effect.acquireRelease(
    Effect.suspend(() => {
      const running = underWay.get(key)
      if (running !== undefined) {
        running.readers++
        return Effect.succeed({ isFirst: false, shared: running })
      }
      const shared: Shared = {
        parts: [],
        exit: undefined,
        fiber: undefined,
        readers: 1,
        grown: Latch.makeUnsafe(false),
        wanted: Latch.makeUnsafe(false)
      }
      underWay.set(key, shared)
      return Effect.forkIn(
        Stream.runForEach(source, (part) =>
          Effect.andThen(
            shared.wanted.await,
            Effect.sync(() => {
              shared.wanted.closeUnsafe()
              shared.parts.push(part)
              shared.grown.openUnsafe()
            })
          )).pipe(Effect.onExit((exit) =>
            Effect.sync(() => {
              if (underWay.get(key) === shared) underWay.delete(key)
              shared.exit = exit
              shared.grown.openUnsafe()
            })
          )),
        scope
      ).pipe(Effect.map((fiber) => {
        shared.fiber = fiber
        return { isFirst: true, shared }
      }))
    }),
    ({ shared }) =>
      Effect.suspend(() => {
        if (--shared.readers > 0 || shared.fiber === undefined) return Effect.void
        if (underWay.get(key) === shared) underWay.delete(key)
        return Fiber.interrupt(shared.fiber)
      })
  )
})

const read = (shared: Shared): Stream.Stream<Part, AiError.AiError> =>
  Stream.paginate(
    0,
    Effect.fnUntraced(function*(at: number) {
      while (at >= shared.parts.length) {
        if (shared.exit !== undefined) {
          yield* shared.exit
          return [[], Option.none<number>()] as const
        }
        shared.grown.closeUnsafe()
        shared.wanted.openUnsafe()
        yield* shared.grown.await
      }
      return [shared.parts.slice(at), Option.some(shared.parts.length)] as const
    })
  )
