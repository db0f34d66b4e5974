/**
 * How the program of an agent calls its tools: directly, or through a recorder.
 */
import type * as Effect from "effect/Effect"
import type * as Tool from "../agent/Tool.ts"

/**
 * @category models
 */
export type ToolCall = <In, Out, E, R>(tool: Tool.Tool<In, Out, E, R>, input: NoInfer<In>) => Effect.Effect<Out, E, R>

/**
 * Calls the tool, nothing else.
 *
 * @category constructors
 */
export const direct: ToolCall = (tool, input) => tool.call(input)
