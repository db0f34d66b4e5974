/**
 * What the operations on durable runs are given, read before the database is asked. What cannot be read is an `InvalidInput` of the
 * operation, which names the field.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { InvalidInput } from "../../agent/AgentError.ts"
import { Decision } from "../../agent/Approval.ts"
import * as Issue from "../../agent/Issue.ts"
import * as Described from "../../internal/Described.ts"
import * as Pipeline from "../../pipeline/Pipeline.ts"
import { RunNotFound } from "../DurableError.ts"
import { State } from "../DurableRun.ts"

/** PostgreSQL holds no NUL. */
const Text = Schema.String.check(Schema.isPattern(/^[^\0]*$/, { expected: "a text without a NUL character" }))

/** An index of PostgreSQL holds no longer one. */
const mostLettersOfKey = 500

const Key = Text.check(Schema.isNonEmpty(), Schema.isMaxLength(mostLettersOfKey))

const SubmitOptions = Schema.Struct({
  id: Schema.optional(Text),
  key: Schema.optional(Key),
  attributes: Schema.optional(Schema.Record(Schema.String, Schema.String))
})

const Query = Schema.Struct({
  state: Schema.optional(State),
  pipeline: Schema.optional(Text),
  key: Schema.optional(Text),
  parent: Schema.optional(Text),
  before: Schema.optional(Text),
  idPrefix: Schema.optional(Text),
  limit: Schema.optional(Schema.Int.check(Schema.isGreaterThanOrEqualTo(1)))
})

const RetryOptions = Schema.Struct({
  from: Schema.optional(Schema.String),
  input: Schema.optional(Schema.Struct({ pipeline: Schema.Unknown, value: Schema.Unknown }))
})

const Approved = Schema.Struct({ step: Text, decision: Decision })

const reading = <S extends Schema.ConstraintCodec<unknown, unknown>>(operation: string, schema: S) => {
  const decode = Schema.decodeUnknownEffect(schema)
  const refuse = (issues: ReadonlyArray<Issue.Issue>) => new InvalidInput({ agent: operation, issues })
  return (given: unknown): Effect.Effect<S["Type"], InvalidInput> =>
    Effect.suspend(() => decode(given, { errors: "all", onExcessProperty: "error" })).pipe(
      Effect.mapError(({ issue }) => refuse(Issue.describe(schema, issue))),
      Effect.catchDefect(() => Effect.fail(refuse([{ path: unreadable(given), message: "cannot be read" }])))
    )
}

/** The field of an object that throws when it is read, such as a proxy that was revoked. */
const unreadable = (given: unknown): string => {
  try {
    return Object.entries(given as object).find(([, part]) => throws(part))?.[0] ?? ""
  } catch {
    return ""
  }
}

const throws = (part: unknown): boolean => {
  try {
    Array.isArray(part)
    return false
  } catch {
    return true
  }
}

/** The options of `Durable.submit`. */
export const submitOptions = reading("Durable.submit", SubmitOptions)

/** Refuses a key that could not be written as it is. */
export const secretKey = Effect.failSync(() =>
  new InvalidInput({
    agent: "Durable.submit",
    issues: [{
      path: "key",
      message: "holds a secret, and keys are written as they are",
      expected: "a text without one"
    }]
  })
)

/** The query of `Durable.runs`. */
export const query = reading("Durable.runs", Query)

/** The options of `Durable.retry`. */
export const retryOptions = reading("Durable.retry", RetryOptions)

/** The step and the decision of `Durable.approve`. */
export const approved = reading("Durable.approve", Approved)

/** The pipeline that `operation` was given. */
export const pipeline = (operation: string, given: unknown): Effect.Effect<Pipeline.Any, InvalidInput> =>
  Pipeline.isPipeline(given as Pipeline.Any)
    ? Effect.succeed(given as Pipeline.Any)
    : Effect.fail(
      new InvalidInput({
        agent: operation,
        issues: [{ path: "pipeline", message: `is ${Described.kind(given)}`, expected: "a pipeline" }]
      })
    )

/** The id that was given. Fails with `RunNotFound` where it is one that a run never has. */
export const id = (given: unknown): Effect.Effect<string, RunNotFound> =>
  typeof given === "string" && !given.includes("\0")
    ? Effect.succeed(given)
    : Effect.fail(
      new RunNotFound({ id: typeof given === "string" ? given.replaceAll("\0", "\uFFFD") : Described.kind(given) })
    )
