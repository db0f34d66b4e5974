/**
 * Asks the policies about a run. A policy that cannot answer has not allowed it.
 */
import * as Cause from "effect/Cause"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import * as Returned from "../../agent/internal/Returned.ts"
import * as Stated from "../../agent/internal/Stated.ts"
import * as TaggedMessage from "../../agent/internal/TaggedMessage.ts"
import * as TimeLimits from "../../agent/internal/TimeLimits.ts"
import { InvalidDefinition } from "../../agent/InvalidDefinition.ts"
import * as Deadline from "../../internal/Deadline.ts"
import * as Described from "../../internal/Described.ts"
import * as DurationInput from "../../internal/DurationInput.ts"
import type * as Redaction from "../../internal/Redaction.ts"
import { allow, type Decision, deny, InvalidDecision, type Policy, PolicyDenied, type Request } from "../Policy.ts"
import * as RunRecorder from "../RunRecorder.ts"

/**
 * Fails with `PolicyDenied` where the policy does not allow the run, or is broken: fails, dies, throws, takes longer than
 * its limit or answers with something else than a decision. `broken` takes a broken policy that lets the run go on. Fails
 * with `late` once the run has no time `left`.
 */
export const ask = <R, E>(
  { check, name, onPolicyError, timeout = defaultTimeout }: Policy<R>,
  request: Request,
  options: {
    readonly left: Duration.Duration
    readonly late: Effect.Effect<never, E>
    readonly broken: (message: string) => Effect.Effect<void>
    readonly redact: Redaction.Redact
  }
): Effect.Effect<void, PolicyDenied | E, R> => {
  const { id, agent } = request
  const denied = (reason: string, broken?: TaggedMessage.TaggedMessage) =>
    Effect.fail(
      new PolicyDenied({ runId: id, agent, policy: name, reason: options.redact(reason), ...(broken && { broken }) })
    )
  const answer = Effect.flatMap(Depth, (depth) => {
    if (depth === mostNested) return Effect.fail(new AsksItself({ policy: name, limit: mostNested }))
    const limit = TimeLimits.read(timeout, "timeout")
    const inside = Effect.provideService(
      Effect.suspend(() => Returned.effectOf(check(request), "it", `policy \`${name}\``)),
      Depth,
      depth + 1
    )
    const tooLate = new Cause.TimeoutError(`it took longer than ${Duration.format(limit)}`)
    return Duration.isLessThanOrEqualTo(options.left, limit)
      ? Deadline.beside(inside, options.left, () => runIsLate)
      : Deadline.beside(inside, limit, () => tooLate)
  })
  return RunRecorder.apart(Effect.flatMap(answer, (answer) => Effect.suspend(() => readDecision(name, answer)))).pipe(
    Effect.matchCauseEffect({
      onSuccess: (decision): Effect.Effect<void, PolicyDenied | E> =>
        decision._tag === "Allow" ? Effect.void : denied(decision.reason),
      onFailure: (cause): Effect.Effect<void, PolicyDenied | E> => {
        const error = Cause.squash(cause)
        if (error === runIsLate) return options.late
        const { _tag, message } = TaggedMessage.of(error)
        const broken = { _tag, message: options.redact(message) }
        return onPolicyError === "allow"
          ? Effect.andThen(
            Effect.ignoreCause(
              Effect.logWarning(`${agent} runs though its policy ${name} is broken: ${broken.message}`)
            ),
            options.broken(`${name} could not be asked: ${broken.message}`)
          )
          : denied(`its check failed: ${broken.message}`, broken)
      }
    })
  )
}

/** How many checks the run is inside of. */
const Depth = Context.Reference<number>("greenlang/orchestrator/internal/PolicyCheck/Depth", { defaultValue: () => 0 })

const mostNested = 10

/** The check of the policy runs a agent, and each of those runs asks the policy again. */
class AsksItself extends Schema.TaggedError<AsksItself>()("AsksItself", { policy: Schema.String, limit: Schema.Int }) {
  override get message() {
    return `it runs agents that ask it again, more than ${this.limit} times inside of each other`
  }
}

/** Throws where policies from a program without types cannot be asked. */
export const validateAll = <R>(policies: ReadonlyArray<Policy<R>>): ReadonlyArray<Policy<R>> =>
  Stated.items("Orchestrator", "policies", policies).map((policy, at) => validate(`Policy ${at}`, policy))

/** The policy, read once. Throws where one from a program without types cannot be asked. */
const validate = <R>(place: string, given: Policy<R>): Policy<R> => {
  const policy = Stated.options(place, given ?? ({} as Policy<R>))
  const invalid = (problem: string, expected: string) =>
    new InvalidDefinition({
      subject: typeof policy.name === "string" ? `Policy "${policy.name}"` : place,
      problem,
      expected
    })
  if (typeof policy.name !== "string" || policy.name === "") throw invalid("it has no name", "a text")
  if (typeof policy.check !== "function") throw invalid("it has no check", "a function that answers with an Effect")
  if (policy.onPolicyError !== undefined && policy.onPolicyError !== "allow" && policy.onPolicyError !== "deny") {
    throw invalid(`its onPolicyError is ${Described.shown(policy.onPolicyError)}`, `"allow" or "deny"`)
  }
  if (policy.timeout !== undefined && Option.isNone(DurationInput.read(policy.timeout))) {
    throw invalid("its timeout cannot be read", DurationInput.expected)
  }
  return policy
}

const defaultTimeout = "30 seconds"

const runIsLate = Symbol("the time of the run is up")

/** A policy may come from a program without types. */
const readDecision = (policy: string, answer: unknown): Effect.Effect<Decision, InvalidDecision> => {
  if (Predicate.hasProperty(answer, "_tag")) {
    if (answer._tag === "Allow") return Effect.succeed(allow)
    if (answer._tag === "Deny") {
      return Effect.succeed(
        deny(
          Predicate.hasProperty(answer, "reason") && typeof answer.reason === "string"
            ? answer.reason
            : "no reason given"
        )
      )
    }
  }
  return Effect.fail(new InvalidDecision({ policy, answer: answer === null ? "null" : typeof answer }))
}
