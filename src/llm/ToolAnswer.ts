/**
 * What a tool loop is bounded by, and what came of it.
 */
import type * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import type * as Duration from "effect/Duration"
import * as Result from "effect/Result"
import type * as Run from "../agent/Run.ts"
import type * as Tool from "../agent/Tool.ts"
import type { LlmIdentity } from "./LlmIdentity.ts"

/**
 * What bounds a loop. Each ends it with a `ToolLoopStopped` that names the cap. What agents behind its tools ask of models
 * is theirs: a bound for all of it together is `LlmBudget.within`.
 *
 * @category models
 */
export interface Limits {
  /** Calls to the model. Default: 10. */
  readonly turns?: number
  /** Calls to tools. Default: 50. */
  readonly toolCalls?: number
  /** Calls with wrong arguments, to unknown tools, or cut short by the vendor. Default: 3. */
  readonly mistakes?: number
  /** Input and output tokens of all turns together. No limit unless one is set. */
  readonly tokens?: number
  /** US dollars for all turns together. No limit unless one is set; needs a price in `LlmPrices`. */
  readonly costUsd?: number
  /** For the whole loop, tools included. No limit unless one is set. */
  readonly time?: Duration.Input
}

/** What a tool answers, decoded. @category utility types */
export type Output<T> = T extends Tool.Tool<infer _In, infer Out, infer _E, infer _R> ? Out : never

/**
 * One call that the model made: what it gave the tool, as JSON, and what came of it.
 *
 * @category models
 */
export interface ToolCall<out T> {
  readonly tool: T
  readonly input: unknown
  readonly result: Result.Result<Output<T>, Tool.Failure<T>>
}

/**
 * What came of a loop. `calls` are in the order in which the model asked for them; `Llm.outputs(answer, tool)` picks those
 * of one tool, with their types.
 *
 * @category models
 */
export interface ToolAnswer<out T> extends LlmIdentity {
  readonly text: string
  readonly calls: ReadonlyArray<ToolCall<T>>
  /** How often the model was asked. */
  readonly turns: number
  readonly finishReason: Response.FinishReason
  /** Of all turns together. */
  readonly usage: Run.Usage
  /** The whole conversation, to ask on from. */
  readonly history: Prompt.Prompt
}

/**
 * The calls of one tool.
 *
 * @category reading
 */
export const calls = <T extends Tool.Any>(
  answer: { readonly calls: ReadonlyArray<ToolCall<Tool.Any>> },
  tool: T
): ReadonlyArray<ToolCall<T>> =>
  answer.calls.filter((call): call is ToolCall<Tool.Any> & ToolCall<T> => call.tool === tool)

/**
 * What one tool answered, where it did not fail, in the order of the calls.
 *
 * @category reading
 */
export const outputs = <T extends Tool.Any>(
  answer: { readonly calls: ReadonlyArray<ToolCall<Tool.Any>> },
  tool: T
): ReadonlyArray<Output<T>> =>
  calls(answer, tool).flatMap(({ result }) => Result.isSuccess(result) ? [result.success] : [])
