/** An agent with one field of each kind. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Agent from "greenlang/agent/Agent"

export const Input = Schema.Struct({
  name: Schema.NonEmptyString,
  amount: Schema.Finite,
  unit: Schema.Literals(["kWh", "therm"]),
  since: Schema.optionalKey(Schema.DateTimeUtcFromString),
  key: Schema.optionalKey(Schema.RedactedFromValue(Schema.String)),
  tags: Schema.Array(Schema.String),
  site: Schema.Struct({ area: Schema.Finite, rooms: Schema.Record(Schema.String, Schema.Finite) }),
  either: Schema.Union([Schema.Struct({ kind: Schema.Literal("a"), a: Schema.Finite }), Schema.String]),
  any: Schema.Unknown
})

export const Reads = Agent.make("Reads", {
  version: "1.0.0",
  input: Input,
  output: Schema.Finite,
  execute: ({ amount }) => Effect.succeed(amount * 2)
})
