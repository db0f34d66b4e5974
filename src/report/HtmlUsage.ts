/**
 * The usage of language models, as a part of a page.
 */
import type * as Run from "../agent/Run.ts"
import * as Value from "../render/Value.ts"
import { type Html, html } from "./Html.ts"

/**
 * Calls, tokens and cost. Nothing where no model was called.
 *
 * @category rendering
 */
export const render = (usage: Run.Usage): Html | undefined => {
  if (usage.calls === 0) return undefined
  const rows: ReadonlyArray<readonly [string, string]> = [
    ["Calls", Value.number(usage.calls)],
    ["Input tokens", Value.number(usage.inputTokens)],
    ["Input tokens from the cache", Value.number(usage.cachedInputTokens)],
    ["Output tokens", Value.number(usage.outputTokens)],
    ["Output tokens for reasoning", Value.number(usage.reasoningTokens)],
    ["Cost", cost(usage)]
  ]
  return html`<div class="sheet"><dl class="fields">${
    rows.map(([name, text]) => html`<div class="number"><dt>${name}</dt><dd>${text}</dd></div>`)
  }</dl></div>`
}

/**
 * In US dollars, for the calls whose price is known.
 *
 * @category rendering
 */
export const cost = ({ costUsd, unpricedCalls }: Run.Usage): string => {
  if (unpricedCalls === 0) return `${Value.number(costUsd)} USD`
  return costUsd === 0 ? "unknown price" : `${Value.number(costUsd)} USD and calls at an unknown price`
}
