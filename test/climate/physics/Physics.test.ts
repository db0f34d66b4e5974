import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { Agent } from "greenlang"
import * as AcidDewPoint from "greenlang/climate/physics/AcidDewPoint"
import * as Energy from "greenlang/climate/physics/Energy"
import * as Formula from "greenlang/climate/physics/Formula"
import * as Heat from "greenlang/climate/physics/Heat"
import * as HeatExchanger from "greenlang/climate/physics/HeatExchanger"
import * as HeatPump from "greenlang/climate/physics/HeatPump"
import * as SolarHeat from "greenlang/climate/physics/SolarHeat"
import * as StackLoss from "greenlang/climate/physics/StackLoss"
import * as Temperature from "greenlang/climate/physics/Temperature"
import * as Quantity from "greenlang/climate/Quantity"

const between = (minimum: number, maximum: number) => Schema.Finite.check(Schema.isBetween({ minimum, maximum }))
const near = (actual: number, expected: number, relative = 1e-9) =>
  assert.approximately(actual, expected, relative * Math.max(1, Math.abs(expected)))

describe("temperatures and units", () => {
  it.prop(
    "come back from Fahrenheit unchanged",
    [between(-273.15, 2000)],
    ([celsius]) => near(Temperature.fahrenheitToCelsius(Temperature.celsiusToFahrenheit(celsius)), celsius)
  )

  it.prop("give the same heat in SI and in US units", [between(1, 1e6), between(0.1, 5), between(1, 300)], (
    [kilograms, specific, rise]
  ) => {
    const kilowatts = Effect.runSync(
      Heat.sensibleHeat({ mass_kg_h: kilograms, specific_heat_kj_kg_k: specific, inlet_c: 20, outlet_c: 20 + rise })
    )
    const mmbtu = Effect.runSync(Heat.recoverableHeat({
      mass_lb_h: kilograms / 0.45359237,
      specific_heat_btu_lb_f: specific / 4.1868,
      inlet_f: Temperature.celsiusToFahrenheit(20 + rise),
      recovery_f: Temperature.celsiusToFahrenheit(20),
      hours: 1
    }))
    near(mmbtu * Energy.kwhPerMmbtu, kilowatts, 1e-6)
  })

  it("are those of the table of conversions", () => {
    assert.strictEqual(Quantity.round(Energy.kwhPerMmbtu, 4), 293.0711)
    assert.strictEqual(Quantity.round(Energy.mmbtuPerMwh, 6), 3.412142)
    assert.strictEqual(Quantity.round(Energy.kwPerTon, 6), 3.516853)
  })
})

describe("heat pumps", () => {
  const machine = { sourceFraction: 0.5, compressorMultiplier: 1.05, partLoad: 1 }
  const cop = (sourceKelvin: number, sinkKelvin: number) =>
    Effect.map(HeatPump.performance({ ...machine, sourceKelvin, sinkKelvin }), ({ cop }) => cop)

  it.effect.prop("need less work for a smaller lift, and never beat Carnot", [between(250, 350), between(1, 110)], (
    [source, lift]
  ) =>
    Effect.gen(function*() {
      const less = yield* cop(source, source + lift)
      const more = yield* cop(source, source + lift + 5)
      assert.isAtMost(more, less)
      assert.isAtMost(less, (source + lift) / lift)
    }))

  it.effect.prop("conserve energy in a cascade", [
    Schema.Array(between(1.2, 6)).check(Schema.isMinLength(2), Schema.isMaxLength(4))
  ], (
    [cops]
  ) =>
    Effect.gen(function*() {
      const overall = yield* HeatPump.cascadeBalance(Object.fromEntries(cops.map((c, at) => [`stage_${at + 1}`, c])))
      // what the source gives, and the work of all stages, are the heat at the top
      let heat = 1
      let work = 0
      for (const c of cops.toReversed()) {
        work += heat / c
        heat -= heat / c
      }
      near(heat + work, 1)
      near(overall, 1 / work)
      assert.isBelow(overall, Math.min(...cops))
    }))

  it("give two stages the closed form", () => near(HeatPump.cascadeCop([4, 3]), 12 / 6))

  it.effect("take the sink's mean where it glides, which is better than its outlet", () =>
    Effect.gen(function*() {
      const gliding = yield* HeatPump.performance({
        ...machine,
        sourceKelvin: 283,
        sinkKelvin: 360,
        sinkInletKelvin: 300
      })
      assert.isAbove(gliding.ideal, 360 / 77)
    }))

  it.effect.each([[300, 300], [310, 300], [280, 401], [-1, 300]])(
    "refuse a lift from %s K to %s K",
    ([source, sink]) =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(cop(source!, sink!))
        assert.strictEqual(error._tag, "CalculationError")
        assert.strictEqual(error.calculation, "carnot_cop")
      })
  )
})

describe("heat exchangers", () => {
  const correction = (p: number, r: number) => Effect.runSync(HeatExchanger.shellTubeCorrection({ p, r }))

  it.prop("have no jump at R = 1", [between(0.01, 0.55)], ([p]) => {
    near(correction(p, 1), (correction(p, 1 - 1e-4) + correction(p, 1 + 1e-4)) / 2, 1e-6)
    near(correction(p, 1 - 2e-6), correction(p, 1), 1e-5)
    near(correction(p, 1 + 2e-6), correction(p, 1), 1e-5)
  })

  it.prop("correct by less than 1, and more for a larger P", [between(0.05, 0.5), between(0.2, 1.5)], ([p, r]) => {
    const [small, large] = [
      Effect.runSyncExit(HeatExchanger.shellTubeCorrection({ p, r })),
      Effect.runSyncExit(HeatExchanger.shellTubeCorrection({ p: p * 1.05, r }))
    ]
    if (small._tag === "Success" && large._tag === "Success") {
      assert.isAtMost(small.value, 1 + 1e-12)
      assert.isAtMost(large.value, small.value + 1e-12)
    }
  })

  it.effect.prop("need as many transfer units by LMTD as by effectiveness", [between(30, 300), between(5, 100)], (
    [cooled, warmed]
  ) =>
    Effect.gen(function*() {
      const at = { hot_in: 600, hot_out: 600 - cooled, cold_in: 100, cold_out: 100 + warmed }
      const sized = yield* HeatExchanger.size(1e6, at, "counterflow", 50)
      const ratio = Math.min(cooled, warmed) / Math.max(cooled, warmed)
      near(sized.ntu, HeatExchanger.counterflowNtu(sized.effectiveness, ratio), 1e-6)
    }))

  it.effect.prop(
    "need more area crossed than opposed",
    [between(60, 250), between(20, 120)],
    ([cooled, warmed]) =>
      Effect.gen(function*() {
        const at = { hot_in: 500, hot_out: 500 - cooled, cold_in: 100, cold_out: 100 + warmed }
        const opposed = yield* HeatExchanger.size(1e6, at, "counterflow", 50)
        const crossed = yield* HeatExchanger.size(1e6, at, "crossflow", 50)
        assert.isAtLeast(crossed.area, opposed.area * (1 - 1e-9))
      })
  )

  it.effect("refuse temperatures that cross", () =>
    Effect.gen(function*() {
      const at = { hot_in: 300, hot_out: 150, cold_in: 100, cold_out: 320 }
      const error = yield* Effect.flip(HeatExchanger.size(1e6, at, "counterflow", 50))
      assert.include(error.message, "TemperatureCross")
    }))
})

describe("stacks", () => {
  const loss = (stack_c: number, oxygen_percent: number) =>
    StackLoss.siegertLoss({ stack_c, ambient_c: 20, oxygen_percent, a2: 0.66, b: 0.009 })

  it.effect.prop(
    "lose more when hotter and when diluted",
    [between(70, 440), between(0, 17)],
    ([stack, oxygen]) =>
      Effect.gen(function*() {
        const base = yield* loss(stack, oxygen)
        assert.isAbove(yield* loss(stack + 5, oxygen), base)
        assert.isAbove(yield* loss(stack, oxygen + 0.5), base)
      })
  )

  it.effect.each([[60, 3], [451, 3], [200, 18.5], [200, -1]])("refuse a stack of %s degC at %s percent oxygen", (
    [stack, oxygen]
  ) => Effect.map(Effect.flip(loss(stack!, oxygen!)), (error) => assert.strictEqual(error._tag, "CalculationError")))

  it.effect("form acid at temperatures that rise with sulfur", () =>
    Effect.gen(function*() {
      const at = (ppm: number) => AcidDewPoint.acidDewPoint({ water_mmhg: 76, so3_mmhg: 760 * ppm * 1e-6 * 0.02 })
      near(yield* at(600), 282.4209, 1e-4)
      near(yield* at(100), 251, 2e-3)
      assert.isAbove(yield* at(700), yield* at(600))
      assert.strictEqual((yield* Effect.flip(at(0)))._tag, "CalculationError")
    }))
})

describe("waste heat and sun", () => {
  it.effect.prop(
    "hold less work than heat",
    [between(100, 1500), between(1, 500)],
    ([outlet, drop]) =>
      Effect.gen(function*() {
        const exergy = yield* Heat.heatExergy({ heat: 1, inlet_f: outlet + drop, outlet_f: outlet })
        assert.isBelow(exergy, 1)
        assert.isAbove(exergy, 0)
      })
  )

  it.effect("narrow a recovery without a step", () =>
    Effect.gen(function*() {
      const at = (difference_f: number) => Heat.pinchFactor({ difference_f })
      assert.deepStrictEqual([yield* at(10), yield* at(20), yield* at(30), yield* at(40), yield* at(99)], [
        0.7,
        0.7,
        0.85,
        1,
        1
      ])
    }))

  it.effect("give no sun beyond 60 degrees, and no collector above 400 degC", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* Effect.flip(SolarHeat.solarResource({ latitude: -61 })))._tag, "CalculationError")
      assert.strictEqual((yield* Effect.flip(SolarHeat.collectorFor(401)))._tag, "CalculationError")
      assert.strictEqual((yield* SolarHeat.collectorFor(80)).collector, "flat_plate")
    }))
})

describe("a formula", () => {
  it.effect("cites itself with its inputs", () =>
    Effect.gen(function*() {
      const Lift = Agent.make("Lift", {
        version: "1",
        input: Schema.Finite,
        output: Schema.Finite,
        execute: (sink_k) => HeatPump.carnotCop({ sink_k, source_k: 280 })
      })
      const { metadata, value } = yield* Lift.run(350)
      assert.deepStrictEqual(metadata.citations, [{
        kind: "calculation",
        step: "carnot_cop",
        formula: "Tk / (Tk - Ts)",
        inputs: { sink_k: 350, source_k: 280 },
        output: value,
        unit: "ratio"
      }])
    }))

  it.effect("fails where its result is beyond any number", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(Heat.mmbtuToKwh({ mmbtu: 1.7e308 }))
      assert.strictEqual(error.calculation, "mmbtu_to_kwh")
    }))

  it("differs from other exports", () => {
    assert.isTrue(Formula.isFormula(Heat.fuelForHeat))
    assert.isFalse(Formula.isFormula(HeatPump.performance))
  })
})
