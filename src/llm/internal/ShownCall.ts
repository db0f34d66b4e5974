/**
 * What may be shown of a call of a tool, in events, traces, questions and errors.
 *
 * What a schema of the tool says is `Redacted` is hidden. Where a value that may hold a secret cannot be read by its schema, it
 * is left out.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type * as Tool from "../../agent/Tool.ts"
import * as SafeJson from "../../internal/SafeJson.ts"

/** What the model gave. */
export const input = (tool: Pick<Tool.Any, "input">, given: unknown): Effect.Effect<Schema.Json | undefined> =>
  holdsSecrets(tool.input)
    ? Schema.decodeUnknownEffect(tool.input)(given).pipe(
      Effect.flatMap((value) => SafeJson.toJson(tool.input, value)),
      Effect.orElseSucceed(() => undefined)
    )
    : Effect.succeed(jsonOf(given))

/** What the tool answered, `value`, which is JSON as `encoded`. */
export const output = (
  tool: Pick<Tool.Any, "output">,
  value: unknown,
  encoded: unknown
): Effect.Effect<Schema.Json | undefined> =>
  holdsSecrets(tool.output) ? SafeJson.toJson(tool.output, value) : Effect.succeed(jsonOf(encoded))

/** What models give and read was JSON once. */
export const jsonOf = (value: unknown): Schema.Json | undefined => value as Schema.Json | undefined

const known = new WeakMap<Schema.Constraint, boolean>()

/** Whether values of the schema hold what is `Redacted`, which is found out once. */
export const holdsSecrets = (schema: Schema.Constraint): boolean => {
  const found = known.get(schema)
  if (found !== undefined) return found
  const holds = SafeJson.holdsSecrets(schema)
  known.set(schema, holds)
  return holds
}
