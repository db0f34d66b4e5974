/**
 * Which runs are allowed. The orchestrator asks each policy before every run, with the decoded input.
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stated from "../agent/internal/Stated.ts"
import * as Described from "../internal/Described.ts"

/**
 * A run that is about to begin. `input` is decoded by the schema of the agent, so that its secrets are `Redacted`.
 * `attributes` are what the caller, or the orchestrator for all of its runs, states about it, such as `region`. What is not
 * stated is absent.
 *
 * @category models
 */
export interface Request {
  readonly id: string
  readonly agent: string
  readonly version: string
  readonly kind: "agent" | "pipeline"
  readonly input: unknown
  readonly attributes: Readonly<Record<string, string>>
}

/** @category models */
export type Decision = { readonly _tag: "Allow" } | { readonly _tag: "Deny"; readonly reason: string }

/**
 * `R` is what the check needs. `timeout` is the limit of one check. Default: 30 seconds.
 *
 * @category models
 */
export interface Policy<out R = never> {
  readonly name: string
  readonly check: (request: Request) => Effect.Effect<Decision, unknown, R>
  readonly onPolicyError: "deny" | "allow"
  readonly timeout?: Duration.Input
}

/**
 * A check that fails, dies, takes longer than `timeout` or answers with something else than a decision denies the run. With
 * `onPolicyError: "allow"` the run goes on, and a `PolicyBroken` event and the history report it.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Policy } from "greenlang/orchestrator"
 *
 * const inEurope = Policy.make("in Europe", ({ attributes }) =>
 *   Effect.succeed(attributes["region"] === "EU" ? Policy.allow : Policy.deny("data stays in Europe")))
 * inEurope.onPolicyError // => "deny"
 * ```
 *
 * @category constructors
 */
export const make = <R = never>(
  name: string,
  check: (request: Request) => Effect.Effect<Decision, unknown, R>,
  options?: { readonly onPolicyError?: "deny" | "allow"; readonly timeout?: Duration.Input }
): Policy<R> => {
  const { onPolicyError = "deny", timeout } = Stated.options("Policy", options ?? {})
  return { name, check, onPolicyError, ...(timeout === undefined ? {} : { timeout }) }
}

/** @category decisions */
export const allow: Decision = { _tag: "Allow" }

/** @category decisions */
export const deny = (reason: string): Decision => ({ _tag: "Deny", reason })

/**
 * The check of the policy answered with something else than a decision. `answer` is its type.
 *
 * @category errors
 */
export class InvalidDecision extends Schema.TaggedError<InvalidDecision>()("InvalidDecision", {
  policy: Schema.String,
  answer: Schema.String
}) {
  override get message() {
    return `it answered with ${this.answer}, not with a decision`
  }
}

/**
 * The policy of that name refused the run, and nothing ran. `broken` is what its check failed with, where it did not answer.
 *
 * @category errors
 */
export class PolicyDenied extends Schema.TaggedError<PolicyDenied>()("PolicyDenied", {
  runId: Schema.String,
  agent: Schema.String,
  policy: Schema.String,
  reason: Schema.String,
  broken: Schema.optionalKey(Schema.Struct({ _tag: Schema.String, message: Schema.String }))
}) {
  override get message() {
    return Described.printable(`${this.policy} does not let ${this.agent} run: ${Described.cut(this.reason, 1_000)}`)
  }
}
