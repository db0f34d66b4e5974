import type { LlmPrice } from "./LlmPrices.ts"

export const LlmPriceTable: Readonly<Record<string, LlmPrice>> = {}
