/**
 * Who may run what: asked before every run, with the input that was read.
 */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * A run that is about to begin. `input` is decoded by the schema of the agent, so that its secrets are `Redacted`.
 * `attributes` are what the caller, or the orchestrator for all of its runs, says about it, such as `region`: what nobody
 * said is not there.
 *
 * @category models
 */
export interface Request {
  readonly id: string
  readonly workflow: string
  readonly version: string
  readonly kind: "agent" | "pipeline"
  readonly input: unknown
  readonly attributes: Readonly<Record<string, string>>
}

/** @category models */
export type Decision = { readonly _tag: "Allow" } | { readonly _tag: "Deny"; readonly reason: string }

/**
 * `R` is what the check needs.
 *
 * @category models
 */
export interface Policy<out R = never> {
  readonly name: string
  readonly check: (request: Request) => Effect.Effect<Decision, unknown, R>
  readonly onPolicyError: "deny" | "allow"
}

/**
 * A check that fails, or dies, denies the run; with `onPolicyError: "allow"` the run goes on, and its history tells so.
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
  options?: { readonly onPolicyError?: "deny" | "allow" }
): Policy<R> => ({ name, check, onPolicyError: options?.onPolicyError ?? "deny" })

/** @category decisions */
export const allow: Decision = { _tag: "Allow" }

/** @category decisions */
export const deny = (reason: string): Decision => ({ _tag: "Deny", reason })

/**
 * The policy of that name refused the run, and nothing ran. `broken` is there where its check failed instead of answering.
 *
 * @category errors
 */
export class PolicyDenied extends Schema.TaggedError<PolicyDenied>()("PolicyDenied", {
  runId: Schema.String,
  workflow: Schema.String,
  policy: Schema.String,
  reason: Schema.String,
  broken: Schema.optionalKey(Schema.Struct({ _tag: Schema.String, message: Schema.String }))
}) {
  override get message() {
    return `${this.policy} does not let ${this.workflow} run: ${this.reason}`
  }
}
