/**
 * Thinking at Anthropic, and the settings that it excludes.
 *
 * 1. `max_tokens` holds the thoughts, too. Where nothing bounds the output, the budget of the thoughts is added to it; where
 *    `LlmSettings` does, that bound holds, and the budget of the thoughts is what fits below it.
 * 2. A model that thinks takes no settings for sampling, and no forced tool choice.
 * 3. A turn that goes on after calls must begin with the thought that led to them. Where another model made the calls, the
 *    turn ends without thinking.
 */
import type * as Prompt from "effect/ai/Prompt"
import * as LooseJson from "../internal/LooseJson.ts"
import type { LlmSettings } from "../LlmSettings.ts"

/** @category models */
export interface Options {
  readonly model: string
  readonly settings: LlmSettings
  /** The bound of the output where the settings have none. */
  readonly maxOutputTokens: number
  readonly thinking: "adaptive" | { readonly budgetTokens: number } | undefined
}

/** The smallest budget that Anthropic takes. */
const leastBudget = 1_024

const budgetOf = ({ settings, thinking }: Pick<Options, "settings" | "thinking">): number | undefined => {
  if (thinking === undefined || thinking === "adaptive") return undefined
  const bound = settings.maxOutputTokens
  const budget = Math.max(leastBudget, Math.floor(thinking.budgetTokens))
  if (bound === undefined || budget < bound) return budget
  return bound > leastBudget ? Math.max(leastBudget, bound - leastBudget) : undefined
}

/** What is sent about thinking. @category writing */
export const of = (prompt: Prompt.Prompt, options: Options): object | undefined => {
  if (options.thinking === undefined) return undefined
  if (options.thinking === "adaptive") return { type: "adaptive" }
  const budget = budgetOf(options)
  return budget === undefined || goesOnWithoutThought(prompt) ? undefined : { type: "enabled", budget_tokens: budget }
}

/**
 * The settings that are sent: Anthropic has no seeds, wants a bound, and takes no sampling beside thinking. Its newer models
 * take one way of sampling only.
 *
 * @category writing
 */
export const sentSettings = (
  settings: LlmSettings,
  options: Pick<Options, "maxOutputTokens" | "model" | "thinking">
): LlmSettings => {
  const { seed: _seed, temperature, topP, ...others } = settings
  const sampling = options.thinking !== undefined ? {} : {
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined || (temperature !== undefined && takesOne(options.model)) ? {} : { topP })
  }
  const room = budgetOf({ settings, thinking: options.thinking }) ?? 0
  return { maxOutputTokens: options.maxOutputTokens + room, ...others, ...sampling }
}

const takesOne = (model: string): boolean => /claude-(?:opus|sonnet|haiku)-(?:4-[1-9](?!\d)|[5-9])/.test(model)

/** Calls of the last turn, answered or not, without a thought of Anthropic's before them. */
const goesOnWithoutThought = ({ content }: Prompt.Prompt): boolean => {
  const turn = content.slice(content.findLastIndex(({ role }) => role === "user") + 1)
  const message = turn.find(({ role }) => role === "assistant")
  if (message?.role !== "assistant" || !turn.some(({ role }) => role === "tool")) return false
  const first = message.content.find((part) => part.type !== "text" || part.text.trim() !== "")
  if (first?.type !== "reasoning") return message.content.some(({ type }) => type === "tool-call")
  const own = LooseJson.fields(first.options["anthropic"])
  return own?.["signature"] === undefined && own?.["redactedData"] === undefined
}
