import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import * as CashFlow from "greenlang/climate/finance/CashFlow"

const between = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))
const near = (actual: number, expected: number, relative = 1e-9) =>
  assert.approximately(actual, expected, relative * Math.max(1, Math.abs(expected)))

describe("CashFlow", () => {
  it.effect.prop(
    "values equal savings by the annuity",
    [between(1, 1e6), between(0, 0.5)],
    ([amount, rate]) =>
      Effect.gen(function*() {
        const factor = yield* CashFlow.annuityFactor({ discount_rate: rate, years: 20 })
        near(CashFlow.presentValue(CashFlow.level(amount, 20), rate), amount * factor, 1e-8)
      })
  )

  it.prop(
    "finds the rate at which a project is worth nothing",
    [between(1, 1e6), between(0.06, 5)],
    ([cost, share]) => {
      const flows = CashFlow.level(cost * share, 20)
      const rate = CashFlow.internalRate(cost, flows)
      assert(rate !== undefined)
      near(CashFlow.presentValue(flows, rate) / cost, 1, 1e-6)
    }
  )

  it("finds no rate where the worth has one sign", () => {
    assert.isUndefined(CashFlow.internalRate(100, [-5, -5]))
    assert.isUndefined(CashFlow.internalRate(0, [10, 10]))
  })

  it.effect("is worth less at a higher rate", () =>
    Effect.gen(function*() {
      const project = { net_cost_usd: 1000, annual_savings_usd: 200, maintenance_usd: 10, growth: 0.03, years: 15 }
      const worth = (discount_rate: number) => CashFlow.netPresentValue({ ...project, discount_rate })
      assert.isBelow(yield* worth(0.1), yield* worth(0.05))
      near(yield* worth(0), CashFlow.flowsOf(project).reduce((sum, flow) => sum + flow, 0) - 1000)
    }))

  it.effect("costs a ton what the project loses on it", () =>
    Effect.gen(function*() {
      const tonnes = yield* CashFlow.presentTonnes({ annual_reduction_t: 500, discount_rate: 0.08, years: 20 })
      near(tonnes, 4909.0737, 1e-7)
      const worth = yield* CashFlow.netPresentValue({
        net_cost_usd: 1e6,
        annual_savings_usd: 50_000,
        maintenance_usd: 0,
        growth: 0,
        discount_rate: 0.08,
        years: 20
      })
      const cost = yield* CashFlow.levelisedCostOfAbatement({
        capex_usd: 1e6,
        incentives_usd: 0,
        present_opex_usd: 0,
        present_savings_usd: worth + 1e6,
        present_tonnes: tonnes
      })
      near(cost, -worth / tonnes)
      near(yield* CashFlow.presentTonnes({ annual_reduction_t: 5, discount_rate: 0, years: 20 }), 100)
      const none = yield* Effect.flip(
        CashFlow.presentTonnes({ annual_reduction_t: 0, discount_rate: 0.08, years: 20 })
      )
      assert.strictEqual(none._tag, "CalculationError")
    }))

  it("pays back never without savings, and at once without cost", () => {
    assert.isUndefined(CashFlow.simplePayback(100, 0))
    assert.strictEqual(CashFlow.simplePayback(0, 10), 0)
    assert.approximately(CashFlow.discountedPayback(100, [220], 0.1)!, 0.5, 1e-12)
    assert.isUndefined(CashFlow.discountedPayback(100, [50, 50], 0.1))
    assert.isUndefined(CashFlow.savingsToInvestment(0, [1], 0.1))
  })
})
