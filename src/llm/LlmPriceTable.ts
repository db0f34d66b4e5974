/**
 * Prices of well-known models, each with the page and the day where it was read. They change: a model whose price could not
 * be cited is not here, nor is that of longer prompts, where they cost more. What is written to Anthropic's cache for an hour
 * is priced where that could be cited. `LlmPrices.layer` puts other prices in their place.
 */
import type { LlmPrice } from "./LlmPrice.ts"

type Row = Omit<LlmPrice, "source" | "date">

const rows = (
  provider: string,
  { date, source }: Pick<LlmPrice, "source" | "date">,
  models: Readonly<Record<string, Row>>
): Readonly<Record<string, LlmPrice>> =>
  Object.fromEntries(Object.entries(models).map(([model, row]) => [`${provider}/${model}`, { ...row, source, date }]))

const row = (inputPerMillion: number, outputPerMillion: number, more: Partial<Row> = {}): Row => ({
  inputPerMillion,
  outputPerMillion,
  ...more
})

const openAi = "https://platform.openai.com/docs/pricing"
const anthropic = "https://platform.claude.com/docs/en/about-claude/pricing"

const hour =
  "docs.electronhub.ai/guides/prompt-caching and artka.dev/en/courses/claude-code-guide/11-models-and-pricing"

/** Keys are those of `LlmPrices`. US dollars per million tokens. @category tables */
export const LlmPriceTable: Readonly<Record<string, LlmPrice>> = {
  ...rows("openai", { source: `${openAi}, as kept by github.com/pydantic/genai-prices`, date: "2025-07-04" }, {
    "gpt-4.1": row(2, 8, { cachedInputPerMillion: 0.5, batchShare: 0.5 }),
    "gpt-4.1-mini": row(0.4, 1.6, { cachedInputPerMillion: 0.1, batchShare: 0.5 }),
    "gpt-4.1-nano": row(0.1, 0.4, { cachedInputPerMillion: 0.025, batchShare: 0.5 }),
    "gpt-4o": row(2.5, 10, { cachedInputPerMillion: 1.25, batchShare: 0.5 }),
    "gpt-4o-mini": row(0.15, 0.6, { cachedInputPerMillion: 0.075, batchShare: 0.5 })
  }),
  ...rows("openai", { source: "https://llmcloudhub.com/openai/gpt-4o-2024-05-13", date: "2026-05-08" }, {
    "gpt-4o-2024-05-13": row(5, 15)
  }),
  ...rows("openai", { source: `${openAi}, as kept by github.com/pydantic/genai-prices`, date: "2025-11-13" }, {
    "gpt-5": row(1.25, 10, { cachedInputPerMillion: 0.125, batchShare: 0.5 }),
    "gpt-5-mini": row(0.25, 2, { cachedInputPerMillion: 0.025, batchShare: 0.5 }),
    "gpt-5-nano": row(0.05, 0.4, { cachedInputPerMillion: 0.005, batchShare: 0.5 }),
    "gpt-5.1": row(1.25, 10, { cachedInputPerMillion: 0.125 })
  }),
  ...rows("openai", {
    source: "https://developers.openai.com/api/docs/pricing, as kept by github.com/api-evangelist/openai",
    date: "2026-05-04"
  }, {
    "gpt-5.4": row(2.5, 15, { cachedInputPerMillion: 0.25, upToInputTokens: 272_000 }),
    "gpt-5.4-mini": row(0.75, 4.5, { cachedInputPerMillion: 0.075 }),
    "gpt-5.4-nano": row(0.2, 1.25, { cachedInputPerMillion: 0.02 }),
    "gpt-5.5": row(5, 30, { cachedInputPerMillion: 0.5, batchShare: 0.5, upToInputTokens: 272_000 })
  }),
  ...rows("anthropic", { source: `${anthropic}, as checked by github.com/kurofune/claudit`, date: "2026-10-24" }, {
    "claude-opus-5-5": row(4, 20, { cachedInputPerMillion: 0.2, cacheWriteInputPerMillion: 5 }),
    "claude-opus-5": row(5, 25, { cachedInputPerMillion: 0.5, cacheWriteInputPerMillion: 6.25, batchShare: 0.5 }),
    "claude-opus-4-8": row(5, 25, { cachedInputPerMillion: 0.5, cacheWriteInputPerMillion: 6.25 }),
    "claude-sonnet-5-5": row(2, 10, { cachedInputPerMillion: 0.1, cacheWriteInputPerMillion: 2.5, batchShare: 0.5 }),
    "claude-sonnet-5": row(2, 10, { cachedInputPerMillion: 0.2, cacheWriteInputPerMillion: 2.5, batchShare: 0.5 })
  }),
  ...rows("anthropic", {
    source: `${anthropic}, as checked by github.com/kurofune/claudit; an hour's writes as kept by ${hour}`,
    date: "2026-10-24"
  }, {
    "claude-opus-4-7": row(5, 25, {
      cachedInputPerMillion: 0.5,
      cacheWriteInputPerMillion: 6.25,
      longCacheWriteInputPerMillion: 10
    }),
    "claude-opus-4-6": row(5, 25, {
      cachedInputPerMillion: 0.5,
      cacheWriteInputPerMillion: 6.25,
      longCacheWriteInputPerMillion: 10
    }),
    "claude-opus-4-5": row(5, 25, {
      cachedInputPerMillion: 0.5,
      cacheWriteInputPerMillion: 6.25,
      longCacheWriteInputPerMillion: 10
    }),
    "claude-sonnet-4-6": row(3, 15, {
      cachedInputPerMillion: 0.3,
      cacheWriteInputPerMillion: 3.75,
      longCacheWriteInputPerMillion: 6
    }),
    "claude-sonnet-4-5": row(3, 15, {
      cachedInputPerMillion: 0.3,
      cacheWriteInputPerMillion: 3.75,
      longCacheWriteInputPerMillion: 6,
      upToInputTokens: 200_000
    }),
    "claude-haiku-4-5": row(1, 5, {
      cachedInputPerMillion: 0.1,
      cacheWriteInputPerMillion: 1.25,
      longCacheWriteInputPerMillion: 2
    })
  })
}
