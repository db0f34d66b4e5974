import * as Schema from "effect/Schema"

const Rows = Schema.Array(Schema.Struct({
  id: Schema.String,
  name: Schema.String,
  country: Schema.String,
  fuel: Schema.String,
  amount: Schema.Finite,
  unit: Schema.String,
  note: Schema.String
}))

export const rows = { input: Rows, output: Rows }
