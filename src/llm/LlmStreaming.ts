/**
 * Whether whole answers are streamed below, for those that listen to the run.
 */
import * as Context from "effect/Context"

/**
 * Whether a vendor answers a whole call by its stream where something listens to the run, so that text, reasoning and calls
 * arrive as events while they are written. Default: true. Without a listener no call streams that was not asked to.
 *
 * Provide `false` for servers that cannot stream, or not together with tools. The events then have each answer in one piece,
 * as they have those of a cassette.
 *
 * @category references
 */
export const LlmStreaming = Context.Reference<boolean>("greenlang/llm/LlmStreaming", { defaultValue: () => true })
