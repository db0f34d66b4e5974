/**
 * What one budget has left: what was spent of it, and what calls in flight have reserved.
 */
import { BudgetExceeded } from "../LlmRejection.ts"

/** What may be spent. An amount that is absent is not limited, but counted. @category models */
export interface Limits {
  /** What errors call the budget. */
  readonly name?: string
  /** Input and output together. */
  readonly tokens?: number
  /** US dollars. Needs a price in `LlmPrices` for every model that is asked. */
  readonly costUsd?: number
}

/**
 * `reserved` is what calls in flight may still take, and batches that go on at a vendor. `costUsd` is in US dollars.
 *
 * @category models
 */
export interface Spending {
  readonly spent: Amounts
  readonly reserved: Amounts
}

/** @category models */
export interface Amounts {
  readonly tokens: number
  readonly costUsd: number
}

/** @category models */
export const nothing: Amounts = { tokens: 0, costUsd: 0 }
const units = ["tokens", "costUsd"] as const

/** What one budget has left. @category models */
export class Account {
  readonly limits: Limits
  private readonly spent = { ...nothing }
  private readonly reservations = new Set<Amounts>()
  /** The reservations of calls that were left and go on, by their keys. */
  private readonly left = new Map<string, Amounts>()
  private sum: { tokens: number; costUsd: number } | undefined = { ...nothing }

  constructor(limits: Limits) {
    this.limits = limits
  }

  get spending(): Spending {
    return { spent: { ...this.spent }, reserved: { ...this.reserved } }
  }

  /** Why `needed` more is too much, if it is. */
  refuse(needed: Amounts): BudgetExceeded | undefined {
    const { reserved, spent } = this
    for (const unit of units) {
      const limit = this.limits[unit]
      if (limit === undefined || spent[unit] + reserved[unit] + needed[unit] <= limit) continue
      return new BudgetExceeded({
        budget: this.limits.name ?? "language models",
        unit,
        limit,
        spent: spent[unit],
        reserved: reserved[unit],
        needed: needed[unit]
      })
    }
    return undefined
  }

  reserve(needed: Amounts): void {
    this.reservations.add(needed)
    if (this.sum !== undefined) { for (const unit of units) this.sum[unit] += needed[unit] }
  }

  /** What was spent never becomes less: an amount that is negative or not a number counts as all that was reserved. */
  settle(reserved: Amounts, taken: Amounts): void {
    this.release(reserved)
    for (const unit of units) this.spent[unit] += taken[unit] >= 0 ? taken[unit] : reserved[unit]
  }

  leave(reserved: Amounts, key: string): void {
    this.left.set(key, reserved)
  }

  recall(key: string): void {
    const reserved = this.left.get(key)
    if (reserved !== undefined) this.release(reserved)
    this.left.delete(key)
  }

  private release(reserved: Amounts): void {
    this.reservations.delete(reserved)
    this.sum = undefined
  }

  /** Summed anew after something went, since differences of fractions would add up. */
  private get reserved(): Amounts {
    if (this.sum === undefined) {
      this.sum = { ...nothing }
      for (const amounts of this.reservations) {
        for (const unit of units) this.sum[unit] += amounts[unit]
      }
    }
    return this.sum
  }
}
