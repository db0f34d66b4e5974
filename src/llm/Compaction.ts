/**
 * Shortens the history of a conversation to a bound, so that what is left is one that a vendor takes.
 *
 * 1. The oldest turns go first, whole: a question with all that followed it, calls of tools with their answers.
 * 2. The last turn stays. Where it alone goes over the bound, its oldest calls go, each with its answers.
 * 3. System messages, the last question and what followed it last always stay, also where they go over the bound.
 */
import type * as AiError from "effect/ai/AiError"
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Prompt from "effect/ai/Prompt"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { InvalidDefinition } from "../agent/InvalidDefinition.ts"
import * as FinishReason from "./internal/FinishReason.ts"
import * as Llm from "./Llm.ts"

/**
 * A summary cannot stand for the messages that it summarizes: it is empty, was cut off, is a refusal, or is longer than
 * `maxTokens`, about which `tokens` it has. `text` is the summary.
 *
 * @category errors
 */
export class UnusableSummary extends Schema.TaggedError<UnusableSummary>()("UnusableSummary", {
  problem: Schema.Literals(["empty", "cut", "refused", "too long"]),
  text: Schema.String,
  tokens: Schema.Int,
  maxTokens: Schema.optionalKey(Schema.Finite)
}) {
  override get message() {
    const bound = this.problem === "too long"
      ? `: it has about ${this.tokens} tokens, ${this.maxTokens} are allowed`
      : ""
    return `the summary of a conversation is ${this.problem}${bound}`
  }
}

const encode = Schema.encodeSync(Schema.fromJsonString(Prompt.Message))

/** Bytes of JSON for one token of English prose. Other scripts and numbers have fewer. */
const bytesPerToken = 4

/**
 * About how many tokens a message has: its bytes as JSON by four. Vendors count otherwise.
 *
 * @category estimating
 */
export const tokensOf = (message: Prompt.Message): number =>
  Math.ceil(new TextEncoder().encode(encode(message)).length / bytesPerToken)

/**
 * `prompt` with at most `maxTokens` tokens, as `tokensOf` estimates them, as far as the rules above allow it.
 *
 * ```ts
 * import { Prompt } from "effect/ai"
 * import * as Compaction from "greenlang/llm/Compaction"
 *
 * const history = Prompt.make([
 *   { role: "user", content: "a long question, ".repeat(1000) },
 *   { role: "assistant", content: "a long answer, ".repeat(1000) },
 *   { role: "user", content: "And now?" }
 * ])
 * Compaction.compact(history, { maxTokens: 1000 }).content.length // => 1
 * ```
 *
 * @category compacting
 */
export const compact = (prompt: Prompt.Prompt, options: { readonly maxTokens: number }): Prompt.Prompt => {
  checkBound(options.maxTokens)
  const system = prompt.content.filter(({ role }) => role === "system")
  const turns = split(prompt.content.filter(({ role }) => role !== "system"), startsTurn)
  let left = options.maxTokens - sum(system)
  const kept: Array<ReadonlyArray<Prompt.Message>> = []
  for (const turn of turns.toReversed()) {
    const fits = kept.length === 0 ? withinTurn(turn, left) : turn
    left -= sum(fits)
    if (left < 0 && kept.length > 0) break
    kept.unshift(fits)
  }
  const messages = [...system, ...kept.flat()]
  return messages.length === prompt.content.length ? prompt : Prompt.fromMessages(messages)
}

/**
 * `compact`, with what `summarize` says of the messages that are left out, as the first message of the user. A quarter of
 * `maxTokens` is meant for it. A summary is summarized with what follows it, once that is left out, too.
 *
 * Fails with `UnusableSummary` for a summary that is empty, or so long that the messages go over `maxTokens` again.
 *
 * ```ts
 * import { Effect } from "effect"
 * import { Prompt } from "effect/ai"
 * import * as Compaction from "greenlang/llm/Compaction"
 *
 * const history = Prompt.make([
 *   { role: "user", content: "The hall has 600 square metres. ".repeat(1000) },
 *   { role: "assistant", content: "Noted." },
 *   { role: "user", content: "And now?" }
 * ])
 * const { content } = await Effect.runPromise(
 *   Compaction.compactWith(history, { maxTokens: 1000, summarize: () => Effect.succeed("A hall of 600 square metres.") })
 * )
 * content.map(({ role }) => role) // => ["user", "user"]
 * ```
 *
 * @category compacting
 */
export const compactWith = <E, R>(prompt: Prompt.Prompt, options: {
  readonly maxTokens: number
  readonly summarize: (left: Prompt.Prompt) => Effect.Effect<string, E, R>
}): Effect.Effect<Prompt.Prompt, E | UnusableSummary, R> => {
  const { maxTokens, summarize } = options
  if (compact(prompt, { maxTokens }) === prompt) return Effect.succeed(prompt)
  const kept = compact(prompt, { maxTokens: maxTokens * 0.75 })
  const stays = new Set(kept.content)
  const left = Prompt.fromMessages(prompt.content.filter((message) => !stays.has(message)))
  return Effect.flatMap(summarize(left), (summary) => {
    if (summary.trim() === "") return Effect.fail(unusable("empty", summary))
    const system = kept.content.filter(({ role }) => role === "system")
    const rest = kept.content.filter(({ role }) => role !== "system")
    const first = Prompt.make(`What was said before, in short:\n${summary}`).content
    const messages = [...system, ...first, ...rest]
    const tokens = sum(first)
    return tokens > maxTokens / 4 && sum(messages) > maxTokens
      ? Effect.fail(new UnusableSummary({ problem: "too long", text: summary, tokens, maxTokens: maxTokens / 4 }))
      : Effect.succeed(Prompt.fromMessages(messages))
  })
}

/**
 * Has the model of the context summarize messages, for `compactWith`. They stand in one question as JSON, since
 * vendors refuse calls of tools that are not offered. Fails with `UnusableSummary` for one that was cut off or refused.
 *
 * @category compacting
 */
export const summarize = (
  left: Prompt.Prompt
): Effect.Effect<string, AiError.AiError | UnusableSummary, LanguageModel.LanguageModel> =>
  Effect.flatMap(
    Llm.generate([
      { role: "system", content: task },
      { role: "user", content: left.content.map((message) => encode(message)).join("\n") }
    ]),
    ({ finishReason, text }) =>
      finishReason === "content-filter"
        ? Effect.fail(unusable("refused", text))
        : FinishReason.isCut(finishReason)
        ? Effect.fail(unusable("cut", text))
        : Effect.succeed(text)
  )

const unusable = (problem: "empty" | "cut" | "refused", text: string) =>
  new UnusableSummary({ problem, text, tokens: Math.ceil(new TextEncoder().encode(text).length / bytesPerToken) })

/** Throws `InvalidDefinition` for a bound that is not a count. @internal */
export const checkBound = (maxTokens: number): void => {
  if (maxTokens >= 0) return
  throw new InvalidDefinition({
    subject: "a conversation",
    problem: `maxTokens is ${maxTokens}`,
    expected: "0 or more"
  })
}

const task =
  "You are given the beginning of a conversation, a message a line, as JSON. Write down in a few sentences what one "
  + "who goes on with it has to know: what was asked, what was found, with every number, name and unit exactly as it stands "
  + "there, and what is still open. Add nothing."

/** The last turn without its oldest calls. */
const withinTurn = (turn: ReadonlyArray<Prompt.Message>, bound: number): ReadonlyArray<Prompt.Message> => {
  const first = turn.findIndex(({ role }) => role !== "user")
  if (first === -1) return turn
  const question = turn.slice(0, first)
  const rounds = split(turn.slice(first), ({ role }) => role === "assistant")
  let left = bound - sum(question)
  const kept: Array<ReadonlyArray<Prompt.Message>> = []
  for (const round of rounds.toReversed()) {
    left -= sum(round)
    if (left < 0 && kept.length > 0) break
    kept.unshift(round)
  }
  return [...question, ...kept.flat()]
}

/** Several messages of the user in a row are one question. */
const startsTurn = (message: Prompt.Message, before: Prompt.Message | undefined): boolean =>
  message.role === "user" && before?.role !== "user"

const split = (
  messages: ReadonlyArray<Prompt.Message>,
  starts: (message: Prompt.Message, before: Prompt.Message | undefined) => boolean
): ReadonlyArray<ReadonlyArray<Prompt.Message>> => {
  const parts: Array<Array<Prompt.Message>> = []
  messages.forEach((message, at) => {
    const part = parts.at(-1)
    if (part === undefined || starts(message, messages[at - 1])) parts.push([message])
    else part.push(message)
  })
  return parts
}

const sum = (messages: ReadonlyArray<Prompt.Message>): number =>
  messages.reduce((sum, message) => sum + tokensOf(message), 0)
