/** Agents that read what is large. `Echo` answers with it, too. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "greenlang/agent/Agent"

const reader = <Out, In>(name: string, schema: Schema.Codec<Out, In>) =>
  Agent.make(name, { version: "1.0.0", input: schema, output: Schema.Finite, execute: () => Effect.succeed(1) })

const Row = Schema.Struct({ amount: Schema.Finite, unit: Schema.String })

export const Rows = reader("Rows", Schema.Struct({ rows: Schema.Array(Row) }))
export const Records = reader("Records", Schema.Record(Schema.String, Schema.Finite))
export const Texts = reader("Texts", Schema.Record(Schema.String, Schema.String))
export const Words = reader("Words", Schema.Struct({ text: Schema.String }))
export const Anything = reader("Anything", Schema.Json)
export const Unseen = reader("Unseen", Schema.Unknown)
export const Known = reader("Known", Schema.Struct({ a: Schema.optionalKey(Schema.Finite) }))
export const Echo = Agent.make("Echo", {
  version: "1.0.0",
  input: Schema.Json,
  output: Schema.Json,
  execute: (value) => Effect.succeed(value)
})

export const agents = { Rows, Records, Texts, Words, Anything, Unseen, Known, Echo }
