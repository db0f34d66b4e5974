/**
 * The calls that agents make to language models, over `LanguageModel` of `effect/ai`.
 */
export { calls, type Limits, type Output, outputs, type ToolAnswer, type ToolCall, withTools } from "./ToolLoop.ts"
