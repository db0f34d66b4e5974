/**
 * Records that refuse fields they do not know, by whatever way they come in: run, tool, pipeline file, CSV. A misspelt
 * field would otherwise be dropped, and the answer be about something else.
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as SchemaGetter from "effect/SchemaGetter"
import type * as SchemaIssue from "effect/SchemaIssue"
import * as SchemaParser from "effect/SchemaParser"

/**
 * The same schema, but an unknown field is an error, in records inside it too. A check of the whole record reports
 * together with everything else that is wrong when it is given as `choose`, which picks the schema by what is read.
 *
 * ```ts
 * import { Exit, Schema } from "effect"
 * import * as Strict from "greenlang/climate/Strict"
 *
 * const Place = Strict.make(Schema.Struct({ country: Schema.String }))
 * Exit.isFailure(Schema.decodeUnknownExit(Place)({ country: "UK", contry: "UK" })) // => true
 * ```
 *
 * @category constructors
 */
export const make = <A, I>(schema: Schema.Codec<A, I>, choose: (u: unknown) => Schema.Codec<A, I> = () => schema) => {
  const decoders = new Map<Schema.Codec<A, I>, Decode<A>>()
  const decoder = (of: Schema.Codec<A, I>) => {
    const decode = decoders.get(of) ?? SchemaParser.decodeUnknownEffect(of)
    decoders.set(of, decode)
    return decode
  }
  return Schema.declareConstructor<A, I>()(
    [],
    () => (u, _, options) => decoder(choose(u))(u, { ...options, onExcessProperty: "error" }),
    {
      toCodecJson: () =>
        Schema.link<A>()(schema, { decode: SchemaGetter.passthrough(), encode: SchemaGetter.passthrough() })
    }
  )
}

type Decode<A> = (u: unknown, options?: SchemaAST.ParseOptions) => Effect.Effect<A, SchemaIssue.Issue>

/**
 * `Schema.Struct` that refuses unknown fields.
 *
 * @category constructors
 */
export const struct = <const Fields extends Schema.Struct.Fields>(fields: Fields) => {
  const record = Schema.Struct(fields)
  return make<(typeof record)["Type"], (typeof record)["Encoded"]>(record as never)
}
