/**
 * The entries of a cassette while they are replayed, and the permission to record one.
 */
import * as Config from "effect/Config"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { CassetteMismatch, RecordingRefused } from "./CassetteError.ts"
import * as CassetteFile from "./CassetteFile.ts"
import * as Difference from "./Difference.ts"

/** @category models */
export interface CassetteTape<Entry> {
  /** The first unused entry whose request is equal to this one. */
  readonly take: (request: Schema.Json) => Effect.Effect<Entry, CassetteMismatch>
  /** The requests of the entries that are left, in a line each. */
  readonly unused: Effect.Effect<ReadonlyArray<string>>
  readonly mismatches: Effect.Effect<ReadonlyArray<CassetteMismatch>>
}

/**
 * When the scope closes after a success, mismatches are a defect, and what is unused is a warning.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function*<Entry extends { readonly request: Schema.Json }>(options: {
  readonly path: string
  readonly entries: ReadonlyArray<Entry>
  /** A request in a line. */
  readonly describe: (request: Schema.Json) => string
}): Effect.fn.Return<CassetteTape<Entry>, never, Scope.Scope> {
  const { describe, entries, path } = options
  const keys = new Map(entries.map((entry) => [entry, CassetteFile.canonical(entry.request)]))
  const left = new Set(entries)
  const mismatches: Array<CassetteMismatch> = []
  const unused = () => Array.from(left, ({ request }) => describe(request))

  yield* Effect.addFinalizer((exit) => {
    const [mismatch] = mismatches
    if (Exit.isFailure(exit)) return Effect.void
    if (mismatch !== undefined) return Effect.die(mismatch)
    return left.size === 0
      ? Effect.void
      : Effect.logWarning(`${path} holds requests that were not made:`, ...unused())
  })

  return {
    take: (request) =>
      Effect.suspend(() => {
        const key = CassetteFile.canonical(request)
        for (const entry of left) {
          if (keys.get(entry) !== key) continue
          left.delete(entry)
          return Effect.succeed(entry)
        }
        const isUsedUp = entries.some((entry) => keys.get(entry) === key)
        const mismatch = new CassetteMismatch({
          path,
          request: describe(request),
          differences: isUsedUp ? [] : nearest(left.size === 0 ? entries : [...left], request)
        })
        mismatches.push(mismatch)
        return Effect.fail(mismatch)
      }),
    unused: Effect.sync(unused),
    mismatches: Effect.sync(() => [...mismatches])
  }
})

/** Fails where `CI` is set to anything but `0` or `false`. @category recording */
export const mayRecord = Effect.fnUntraced(function*(path: string) {
  const ci = yield* Config.withDefault(Config.String("CI"), "")
  if (!["", "0", "false"].includes(ci)) return yield* new RecordingRefused({ path })
})

const nearest = (entries: ReadonlyArray<{ readonly request: Schema.Json }>, asked: Schema.Json) =>
  entries
    .map(({ request }) => Difference.between(request, asked))
    .reduce(
      (best, other) => best === undefined || other.length < best.length ? other : best,
      undefined as ReadonlyArray<Difference.Difference> | undefined
    ) ?? [{ path: "", expected: undefined, actual: asked }]
