/** Agents that answer with what they read, so that a large input is a large answer as well. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "greenlang/agent/Agent"

const echo = <Out, In>(name: string, schema: Schema.Codec<Out, In>) =>
  Agent.make(name, { version: "1.0.0", input: schema, output: schema, execute: (value: Out) => Effect.succeed(value) })

const Row = Schema.Struct({ amount: Schema.Finite, unit: Schema.String })

export const Rows = echo("Rows", Schema.Struct({ rows: Schema.Array(Row) }))
export const Records = echo("Records", Schema.Record(Schema.String, Schema.Finite))
export const Texts = echo("Texts", Schema.Record(Schema.String, Schema.String))
export const Words = echo("Words", Schema.Struct({ text: Schema.String }))
export const Anything = echo("Anything", Schema.Json)
export const Known = echo("Known", Schema.Struct({ a: Schema.optionalKey(Schema.Finite) }))

export const agents = { Rows, Records, Texts, Words, Anything, Known }
