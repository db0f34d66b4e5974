/**
 * What an investment is worth: present values, the internal rate of return, paybacks, and the cost of a ton avoided.
 *
 * Rates and shares are fractions: 0.08 is 8 percent. Cash flows come at the ends of years 1, 2, ...; the investment is at
 * the start. Nothing is rounded.
 */
import * as Effect from "effect/Effect"
import * as Formula from "../physics/Formula.ts"

const textbook = "Brealey, Myers and Allen, Principles of Corporate Finance"

/** Sum of the flows, each discounted to the start. A rate of 0 adds them up. @category functions */
export const presentValue = (flows: ReadonlyArray<number>, rate: number): number =>
  flows.reduceRight((sum, flow) => (sum + flow) / (1 + rate), 0)

/** Equal flows of `years`. @category functions */
export const level = (amount: number, years: number): ReadonlyArray<number> =>
  Array.from({ length: years }, () => amount)

/**
 * Savings that grow by `growth` from the second year on, less maintenance that does not.
 *
 * @category functions
 */
export const growing = (savings: number, growth: number, maintenance: number, years: number): ReadonlyArray<number> =>
  Array.from({ length: years }, (_, year) => savings * (1 + growth) ** year - maintenance)

/** What 1 a year, for `years`, is worth at the start. @category formulas */
export const annuityFactor = Formula.make({
  id: "annuity_factor",
  expression: "(1 - (1+d)^-n) / d; d = 0: n",
  unit: "years",
  source: textbook,
  valid: "d > -1, n >= 0",
  check: ({ discount_rate }: Readonly<Record<"discount_rate" | "years", number>>) =>
    discount_rate > -1 ? undefined : "the discount rate must be above -1",
  compute: ({ discount_rate: d, years }) => d === 0 ? years : -Math.expm1(-years * Math.log1p(d)) / d
})

/** Present value of equal yearly savings, less the investment. @category formulas */
export const netPresentValue = Formula.make({
  id: "net_present_value",
  expression: "-net + sum over t = 1..n of savings * (1+g)^(t-1) / (1+d)^t - maintenance / (1+d)^t",
  unit: "USD",
  source: textbook,
  valid: "0 <= d, n a whole number of years; g is the growth of the savings, maintenance does not grow",
  check: ({ discount_rate }: Project) => discount_rate > -1 ? undefined : "the discount rate must be above -1",
  compute: (project) => presentValue(flowsOf(project), project.discount_rate) - project.net_cost_usd
})
type Project = Readonly<
  Record<"net_cost_usd" | "annual_savings_usd" | "maintenance_usd" | "growth" | "discount_rate" | "years", number>
>

/** The yearly flows of a project. @category functions */
export const flowsOf = ({ annual_savings_usd, growth, maintenance_usd, years }: Omit<
  Project,
  "net_cost_usd" | "discount_rate"
>): ReadonlyArray<number> => growing(annual_savings_usd, growth, maintenance_usd, years)

/**
 * The rate at which the project is worth nothing, as a fraction, by bisection between -0.9 and 10 to 1e-6. `undefined`
 * where the present value has one sign over all of it.
 *
 * ```ts
 * import { internalRate } from "greenlang/climate/finance/CashFlow"
 *
 * internalRate(100, [110])?.toFixed(4) // => "0.1000"
 * internalRate(100, [-1, -1]) // => undefined
 * ```
 *
 * @category functions
 */
export const internalRate = (investment: number, flows: ReadonlyArray<number>): number | undefined => {
  const worth = (rate: number) => presentValue(flows, rate) - investment
  let [low, high] = [-0.9, 10]
  const [atLow, atHigh] = [worth(low), worth(high)]
  if (!(atLow * atHigh < 0)) return undefined
  while (high - low > 1e-9) {
    const middle = (low + high) / 2
    if (worth(middle) * atLow > 0) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/** The rate at which equal yearly flows are worth what was paid. @category formulas */
export const rateOfReturn = Formula.make({
  id: "internal_rate_of_return",
  expression: "100 * r, where sum over t = 1..n of savings / (1+r)^t = net cost",
  unit: "percent",
  source: textbook,
  valid: "r between -0.9 and 10, by bisection; the worth changes its sign there",
  check: ({ annual_savings_usd, net_cost_usd, years }: Level) =>
    internalRate(net_cost_usd, level(annual_savings_usd, years)) === undefined
      ? "no rate makes it worth nothing"
      : undefined,
  compute: ({ annual_savings_usd, net_cost_usd, years }) =>
    100 * (internalRate(net_cost_usd, level(annual_savings_usd, years)) ?? NaN)
})
type Level = Readonly<Record<"net_cost_usd" | "annual_savings_usd" | "years", number>>

/** Years until undiscounted savings have paid, cited. @category formulas */
export const paybackYears = Formula.make({
  id: "simple_payback",
  expression: "max(0, net_cost) / annual_savings",
  unit: "years",
  source: "Brealey, Myers and Allen, Principles of Corporate Finance",
  valid: "annual_savings above 0",
  check: ({ annual_savings_usd }: Readonly<Record<"net_cost_usd" | "annual_savings_usd", number>>) =>
    annual_savings_usd > 0 ? undefined : "nothing is saved",
  compute: ({ annual_savings_usd, net_cost_usd }) => Math.max(0, net_cost_usd) / annual_savings_usd
})

/** Years until undiscounted savings have paid. `undefined` where nothing is saved; 0 where nothing is paid. @category functions */
export const simplePayback = (cost: number, annualSavings: number): number | undefined =>
  annualSavings > 0 ? Math.max(0, cost) / annualSavings : undefined

/** The payback of equal savings and their rate of return, cited; `undefined` where there is none. @category functions */
export const returns = Effect.fnUntraced(function*(project: Level) {
  const { annual_savings_usd, net_cost_usd, years } = project
  const payback = simplePayback(net_cost_usd, annual_savings_usd)
  const rate = internalRate(net_cost_usd, level(annual_savings_usd, years))
  return {
    paybackYears: payback === undefined || !Number.isFinite(payback)
      ? undefined
      : yield* paybackYears({ net_cost_usd, annual_savings_usd }),
    percent: rate === undefined ? undefined : yield* rateOfReturn(project)
  }
})

/** Years until discounted flows have paid, within the last of them. `undefined` where they never do. @category functions */
export const discountedPayback = (cost: number, flows: ReadonlyArray<number>, rate: number): number | undefined => {
  if (cost <= 0) return 0
  let left = cost
  for (const [year, flow] of flows.entries()) {
    const worth = flow / (1 + rate) ** (year + 1)
    if (worth >= left) return year + left / worth
    left -= worth
  }
  return undefined
}

/** Present value of what comes, over what is paid. `undefined` where nothing is paid. @category functions */
export const savingsToInvestment = (cost: number, flows: ReadonlyArray<number>, rate: number): number | undefined =>
  cost > 0 ? presentValue(flows, rate) / cost : undefined

/** Tonnes avoided, discounted as money is. @category formulas */
export const presentTonnes = Formula.make({
  id: "present_tonnes",
  expression: "t per year * (1 - (1+d)^-n) / d; d = 0: n * t",
  unit: "t CO2e",
  source:
    "convention: both sides of a cost of abatement are discounted (undiscounted tonnes are 2.04 times too cheap at 8 percent, 20 years)",
  valid: "t per year > 0, d >= 0",
  check: ({ annual_reduction_t }: Tonnes) =>
    annual_reduction_t > 0 ? undefined : "a cost per ton needs a reduction above 0",
  compute: ({ annual_reduction_t, discount_rate: d, years }) =>
    annual_reduction_t * (d === 0 ? years : -Math.expm1(-years * Math.log1p(d)) / d)
})
type Tonnes = Readonly<Record<"annual_reduction_t" | "discount_rate" | "years", number>>

/** Levelised cost of abatement. Negative where the project earns money. @category formulas */
export const levelisedCostOfAbatement = Formula.make({
  id: "lcoa",
  expression: "(capex - incentives + PV opex - PV savings) / PV tonnes",
  unit: "USD/t CO2e",
  source: "definition; equals -NPV / PV tonnes",
  valid: "PV tonnes > 0",
  check: ({ present_tonnes }: Abatement) => present_tonnes > 0 ? undefined : "a cost per ton needs a reduction above 0",
  compute: ({ capex_usd, incentives_usd, present_opex_usd, present_savings_usd, present_tonnes }) =>
    (capex_usd - incentives_usd + present_opex_usd - present_savings_usd) / present_tonnes
})
type Abatement = Readonly<
  Record<"capex_usd" | "incentives_usd" | "present_opex_usd" | "present_savings_usd" | "present_tonnes", number>
>
