/**
 * What can go wrong around a language model, besides the `AiError` of `effect/ai` that the model itself fails with.
 */
import * as AiError from "effect/ai/AiError"
import * as Prompt from "effect/ai/Prompt"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as SafeJson from "../internal/SafeJson.ts"

/**
 * The schema of how a model fails: `AiError`, which may hold the headers of an HTTP answer. Those that it keeps secret are
 * written as `<redacted>`, so that it can be journaled and sent.
 *
 * @category errors
 */
export const Failure: Schema.Codec<AiError.AiError> = SafeJson.withoutSecrets(AiError.AiError)

/**
 * The model was asked `attempts` times for a value of a schema, or for text, and never gave one. `text` is its last answer, and
 * `issues` says what was wrong with it. `cutBy` says that the answer was cut off: by its limit of output tokens, or by a filter,
 * which is also how a refusal ends. The text of an answer that may hold what is `Redacted` is `<redacted>`.
 *
 * @category errors
 */
export class UnparsableAnswer extends Schema.TaggedError<UnparsableAnswer>()("UnparsableAnswer", {
  attempts: Schema.Int,
  text: Schema.String,
  issues: Schema.String,
  cutBy: Schema.optionalKey(Schema.Literals(["length", "content-filter"]))
}) {
  override get message() {
    if (this.cutBy !== undefined) {
      return this.cutBy === "length"
        ? `the answer was cut off by its limit of output tokens: ${this.issues}`
        : `the model refused to answer, or a content filter cut its answer off: ${this.issues}`
    }
    return `the model was asked ${
      this.attempts === 1 ? "once" : `${this.attempts} times`
    } and gave no answer that matches: ${this.issues}`
  }
}

/** A conversation, which is written as JSON also where it is decoded already, as in the failure that a durable run records. */
const History = Prompt.Prompt.pipe(Schema.decodeTo(
  Schema.declare(Prompt.isPrompt, {
    toCodecJson: () => Schema.link<Prompt.Prompt>()(Prompt.Prompt, SchemaTransformation.passthrough())
  }),
  SchemaTransformation.passthrough()
))

/** What bounds a tool loop. @category models */
export const Cap = Schema.Literals(["turns", "toolCalls", "mistakes", "tokens", "costUsd", "time"])
/** @category models */
export type Cap = typeof Cap.Type

/** How each limit is named, for one and for more, and how the loop passed it. */
const limitWords: Readonly<Record<Cap, Limited>> = {
  turns: { allowed: ["turn is", "turns"], passed: (used) => `the model asked for turn ${used}` },
  toolCalls: { allowed: ["tool call is", "tool calls"], passed: (used) => `the model asked for ${used}` },
  mistakes: { allowed: ["mistake is", "mistakes"], passed: (used) => `the model made ${used}` },
  tokens: { allowed: ["token is", "tokens"], passed: (used) => `${used} were used` },
  costUsd: { allowed: ["US dollar is", "US dollars"], passed: (used) => `${used} were spent` },
  time: { allowed: ["millisecond is", "milliseconds"], passed: (used) => `${used} have passed` }
}

interface Limited {
  readonly allowed: readonly [one: string, more: string]
  readonly passed: (used: number) => string
}

/**
 * A tool loop reached one of its limits and was stopped. `limit` and `used` are counts, for `costUsd` US dollars, for
 * `time` milliseconds. `calls` are the tool calls that had ended by then, `text` is what the model said last, and `history`
 * the whole conversation, to go on from under other limits. What a schema of the agent or of a tool says is `Redacted` is
 * hidden in all three; a conversation with secrets goes on from `history` of `Llm.withTools`, or from `Conversation`.
 *
 * @category errors
 */
export class ToolLoopStopped extends Schema.TaggedError<ToolLoopStopped>()("ToolLoopStopped", {
  cap: Cap,
  limit: Schema.Finite,
  used: Schema.Finite,
  turns: Schema.Int,
  calls: Schema.Array(Schema.Struct({ tool: Schema.String, input: Schema.Unknown, failed: Schema.Boolean })),
  text: Schema.String,
  history: History
}) {
  override get message() {
    const { allowed, passed } = limitWords[this.cap]
    const limit = `${this.limit} ${this.limit === 1 ? allowed[0] : `${allowed[1]} are`} allowed`
    return `the tool loop was stopped in turn ${this.turns}: ${limit}, and ${passed(this.used)}`
  }
}

/**
 * A limit in tokens or US dollars was set, but what the model used is not known: `LlmPrices` holds no price for it, or the
 * vendor did not count its tokens.
 *
 * @category errors
 */
export class UnmeasuredUsage extends Schema.TaggedError<UnmeasuredUsage>()("UnmeasuredUsage", {
  provider: Schema.String,
  model: Schema.String,
  missing: Schema.Literals(["price", "usage"])
}) {
  override get message() {
    const model = `${this.provider}/${this.model}`
    return this.missing === "price"
      ? `a limit in US dollars was set, but LlmPrices holds no price for ${model}: state one, or drop the limit`
      : `a limit in tokens or US dollars was set, but ${model} does not say how many tokens it used: drop the limit`
  }
}
