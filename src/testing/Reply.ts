/**
 * What a language model would answer, as plain data that belongs to no vendor: `ScriptedLlm` and `FakeProvider` say it.
 *
 * ```ts
 * import { Reply } from "greenlang/testing"
 *
 * Reply.call("area", { width: 2, depth: 3 }) // => { toolCalls: [{ name: "area", input: { width: 2, depth: 3 } }] }
 * Reply.object({ city: "Oslo" }) // => { text: '{"city":"Oslo"}' }
 * ```
 */
import type * as Run from "../agent/Run.ts"

/** One call of a tool. @category models */
export interface ToolCall {
  /** Default: counted up from `call_1`. */
  readonly id?: string
  readonly name: string
  /** The arguments. A string is sent as it is: what a confused model takes for JSON. */
  readonly input: unknown
}

/**
 * Tokens, as vendors count them.
 *
 * @category models
 */
export type Usage =
  & Pick<Run.Usage, "inputTokens" | "outputTokens">
  & Partial<Pick<Run.Usage, "cachedInputTokens" | "reasoningTokens">>

/** How an answer can end. @category models */
export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter"

/** One answer. What is absent is not said. @category models */
export interface Reply {
  readonly reasoning?: string
  readonly text?: string
  /** Why the model will not answer. */
  readonly refusal?: string
  readonly toolCalls?: ReadonlyArray<ToolCall>
  /** By default what follows from the rest: a refusal is "content-filter", calls are "tool-calls". */
  readonly finishReason?: FinishReason
  /** Default: 100 tokens in and 20 out. */
  readonly usage?: Usage
}

/** A reply that calls one tool. @category constructors */
export const call = (name: string, input: unknown): Reply => ({ toolCalls: [{ name, input }] })

/** A reply to a request for structured output: `value` as JSON. @category constructors */
export const object = (value: unknown): Reply => ({ text: JSON.stringify(value) })

/** A reply with everything said, and every call with an id from `nextId`. @category reading */
export const complete = (reply: string | Reply, nextId: () => string): Complete => {
  const { finishReason, reasoning = "", refusal = "", text = "", toolCalls = [], usage } = typeof reply === "string"
    ? { text: reply }
    : reply
  return {
    reasoning,
    text,
    refusal,
    toolCalls: toolCalls.map(({ id, input, name }) => ({ id: id ?? nextId(), name, input })),
    finishReason: finishReason ?? (refusal !== "" ? "content-filter" : toolCalls.length > 0 ? "tool-calls" : "stop"),
    usage: { inputTokens: 100, outputTokens: 20, cachedInputTokens: 0, reasoningTokens: 0, ...usage }
  }
}

/** @category models */
export interface Complete {
  readonly reasoning: string
  readonly text: string
  readonly refusal: string
  readonly toolCalls: ReadonlyArray<Required<ToolCall>>
  readonly finishReason: FinishReason
  readonly usage: Required<Usage>
}

/** The arguments of a call as vendors send them. @category reading */
export const argumentsOf = ({ input }: ToolCall): string =>
  typeof input === "string" ? input : JSON.stringify(input) ?? ""

/** How a text comes when it is streamed: word by word, without loss. @category reading */
export const pieces = (text: string): ReadonlyArray<string> => text.match(/\s*\S+|\s+$/g) ?? []
