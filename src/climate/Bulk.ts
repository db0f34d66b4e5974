/**
 * Schemas of many values. One quick test reads them, so that thousands of rows do not hold the event loop; only where it
 * fails does the schema itself say what is wrong, and where.
 */
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import * as SchemaGetter from "effect/SchemaGetter"
import * as SchemaParser from "effect/SchemaParser"

/**
 * The same schema, which takes what `isRight` lets pass without looking at it again. `isRight` must let nothing pass that
 * `schema` refuses.
 *
 * ```ts
 * import { Exit, Schema } from "effect"
 * import * as Bulk from "greenlang/climate/Bulk"
 *
 * const read = Schema.decodeUnknownExit(Bulk.numbers)
 * Exit.isSuccess(read([1, 2, 3])) // => true
 * Exit.isSuccess(read([1, "2", 3])) // => false
 * ```
 *
 * @category constructors
 */
export const make = <A>(schema: Schema.Codec<A, A>, isRight: (u: unknown) => boolean) => {
  const decode = SchemaParser.decodeUnknownEffect(schema)
  return Schema.declareConstructor<A, A>()(
    [],
    () => (u, _, options) => isRight(u) ? Exit.succeed(u as A) : decode(u, options),
    {
      toCodecJson: () =>
        Schema.link<A>()(schema, { decode: SchemaGetter.passthrough(), encode: SchemaGetter.passthrough() })
    }
  )
}

/** Whether every item of a list passes; a hole does not. @category guards */
export const every = (u: unknown, isRight: (item: unknown) => boolean): u is ReadonlyArray<unknown> => {
  if (!Array.isArray(u)) return false
  for (let at = 0; at < u.length; at++) if (!isRight(u[at])) return false
  return true
}

/** Finite numbers. @category schemas */
export const numbers = make(Schema.Array(Schema.Finite), (u) => every(u, Number.isFinite))

/** @category schemas */
export const booleans = make(Schema.Array(Schema.Boolean), (u) => every(u, (item) => typeof item === "boolean"))
