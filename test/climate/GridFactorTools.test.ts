import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as GridFactorTools from "greenlang/climate/GridFactorTools"
import * as GridListingTools from "greenlang/climate/GridListingTools"
import { ReferenceTables } from "greenlang/climate/tables/ReferenceTables"
import * as Database from "greenlang/database/Database"

const Tables = ReferenceTables.layer.pipe(Layer.provide(Database.layerMemory), Layer.orDie)
const lookup = GridFactorTools.lookupGridIntensity.call
const weigh = GridFactorTools.calculateWeightedAverage.call
const share = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))

describe("GridFactorTools", () => {
  it.layer(Tables)((it) => {
    // US EPA eGRID2023 Rev 2, total output emission rates: 429.99 lb/MWh, 770.89 lb/MWh
    it.effect.each([
      { place: { subregion: "CAMX" }, factor: 0.19504 },
      { place: { subregion: " camx" }, factor: 0.19504 },
      { place: { subregion: "CAISO" }, factor: 0.19504 },
      { place: { subregion: "ERCOT" }, factor: 0.33412 },
      { place: { subregion: "CA" }, factor: 0.1791 },
      { place: { subregion: "US-CA" }, factor: 0.1791 },
      { place: {}, factor: 0.34967 }
    ])("finds the US region $place", ({ factor, place }) =>
      Effect.gen(function*() {
        const found = yield* lookup({ country: "usa", ...place })
        assert.strictEqual(found.emission_factor, factor)
        assert.strictEqual(found.country, "US")
        assert.strictEqual(found.basis, "location")
        assert.strictEqual(found.gwp_set, "AR6")
        assert.strictEqual(found.data_year, 2023)
        assert.include(found.source, "eGRID2023")
      }))

    it.effect.each([
      // UK DESNZ GHG conversion factors 2026
      { country: "UNITED_KINGDOM", code: "UK", factor: 0.13096, year: 2026 },
      { country: "gb", code: "UK", factor: 0.13096, year: 2026 },
      // India CEA CO2 Baseline Database v21.0
      { country: "INDIA", code: "IN", factor: 0.7117, year: 2024 },
      // EEA GHG emission intensity of electricity generation
      { country: "Germany", code: "DE", factor: 0.291, year: 2024 },
      { country: "Sweden", code: "SE", factor: 0.006, year: 2024 },
      // NGA Factors 2026, MfE 2026
      { country: "Australia", code: "AU", factor: 0.59, year: 2026 },
      { country: "New Zealand", code: "NZ", factor: 0.0786625, year: 2025 }
    ])("prefers the scope 2 factor of $country", ({ code, country, factor, year }) =>
      Effect.gen(function*() {
        const found = yield* lookup({ country })
        assert.deepStrictEqual(
          [found.country, found.emission_factor, found.data_year, found.basis],
          [code, factor, year, "location"]
        )
      }))

    it.effect("flags Ember's lifecycle figure where there is no other, with its licence", () =>
      Effect.gen(function*() {
        const japan = yield* lookup({ country: "JP" })
        assert.deepStrictEqual([japan.emission_factor, japan.basis], [0.48358, "lifecycle"])
        assert.match(japan.notes.join(), /lifecycle.*not comparable/)
      }))

    it.effect("gives the lifecycle figure where it is asked for", () =>
      Effect.gen(function*() {
        const { basis, emission_factor } = yield* lookup({ country: "US", basis: "lifecycle" })
        assert.deepStrictEqual([emission_factor, basis], [0.38381, "lifecycle"])
      }))

    it.effect("shows the licence of the UK's factors, doubts about a secondary reading, and CO2 without the rest", () =>
      Effect.gen(function*() {
        assert.include((yield* lookup({ country: "UK" })).source, "Open Government Licence v3.0")
        assert.strictEqual((yield* lookup({ country: "DE" })).confidence, "cell-cited public transcription")
        assert.match((yield* lookup({ country: "US", subregion: "TX" })).confidence ?? "", /secondary/)
        const india = yield* lookup({ country: "IN" })
        assert.strictEqual(india.unit, "kg CO2/kWh")
        assert.include(india.notes.join(), "CO2 only")
      }))

    it.effect("finds provinces", () =>
      Effect.gen(function*() {
        const ontario = yield* lookup({ country: "Canada", subregion: "ON" })
        assert.deepStrictEqual([ontario.subregion, ontario.emission_factor], ["CA-ON", 0.059])
        assert.deepStrictEqual(ontario, yield* lookup({ country: "CA", subregion: "CA-ON" }))
      }))

    it.effect("takes the year that was asked for, or the nearest and says so", () =>
      Effect.gen(function*() {
        yield* TestClock.setTime(Date.UTC(2026, 0))
        assert.strictEqual((yield* lookup({ country: "UK", year: 2024 })).emission_factor, 0.20705)
        assert.strictEqual((yield* lookup({ country: "IN", year: 2021 })).emission_factor, 0.7152)
        const older = yield* lookup({ country: "UK", year: 1995 })
        assert.strictEqual(older.data_year, 2023)
        assert.include(older.notes.join(), "no row for 1995: the nearest, of 2023 (DESNZ 2023), is used")
        assert.include((yield* lookup({ country: "US", year: 2019 })).notes.join(), "no row for 2019")
      }))

    it.effect("lets no other place stand in for an unknown one", () =>
      Effect.gen(function*() {
        const country = yield* Effect.flip(lookup({ country: "Atlantis" }))
        assert(country._tag === "DataError")
        assert.deepStrictEqual(country.lookedFor, { country: "ATLANTIS" })
        assert.isAtMost(country.available.length, 10)

        const subregion = yield* Effect.flip(lookup({ country: "US", subregion: "XXXX" }))
        assert(subregion._tag === "DataError")
        assert.isAtMost(subregion.available.length, 10)

        const german = yield* Effect.flip(lookup({ country: "DE", subregion: "BY" }))
        assert(german._tag === "DataError")
        assert.deepStrictEqual(german.available, ["DE without a subregion"])
      }))

    it.effect("asks which subregion is meant where an authority spans several", () =>
      Effect.gen(function*() {
        const error = yield* Effect.flip(lookup({ country: "US", subregion: "NYISO" }))
        assert(error._tag === "DataError")
        assert.deepStrictEqual(error.available, ["NYCW", "NYLI", "NYUP"])
      }))

    it.effect("scales to larger units without rounding", () =>
      Effect.gen(function*() {
        const megawattHour = yield* lookup({ country: "US", unit: "MWh" })
        assert.deepStrictEqual([megawattHour.emission_factor, megawattHour.unit], [349.67, "kg CO2e/MWh"])
        assert.strictEqual((yield* lookup({ country: "US", unit: "GWh" })).emission_factor, 349_670)
      }))

    it.effect("refuses units that do not measure electricity, a bare ton, and years to come", () =>
      Effect.gen(function*() {
        const unit = yield* Effect.flip(lookup({ country: "US", unit: "gallons" }))
        assert(unit._tag === "ValidationError")
        assert.strictEqual(unit.issues[0]?.path, "unit")
        const ton = yield* Effect.flip(lookup({ country: "US", fuel_type: "coal", unit: "ton" }))
        assert(ton._tag === "ValidationError")
        assert.include(ton.message, "short_ton")
        const year = yield* Effect.flip(lookup({ country: "US", year: 2999 }))
        assert(year._tag === "ValidationError")
        assert.strictEqual(year.issues[0]?.path, "year")
      }))

    it.effect("finds the factors of fuels, too", () =>
      Effect.gen(function*() {
        // US EPA GHG Emission Factors Hub 2025: 53.06 kg CO2 per mmBtu, with CH4 and N2O 53.1143 kg CO2e (AR6)
        const gas = yield* lookup({ country: "US", fuel_type: "Natural Gas", unit: "therms" })
        assert.approximately(gas.emission_factor, 5.31143, 1e-5)
        assert.include(gas.source, "US EPA")
        const unknown = yield* Effect.flip(lookup({ country: "US", fuel_type: "dilithium", unit: "kg" }))
        assert.strictEqual(unknown._tag, "DataError")
      }))

    it.effect("lists countries, regions and fuels", () =>
      Effect.gen(function*() {
        const { countries, egrid_subregions, us_states } = yield* GridListingTools.listCountries.call({})
        assert.includeMembers([...countries], ["DE", "IN", "UK", "US"])
        assert.notInclude(countries, "EU")
        assert.includeMembers([...egrid_subregions], ["CAMX", "ERCT"])
        assert.include(us_states, "US-CA")
        assert.includeMembers([...(yield* GridListingTools.listFuels.call({})).fuels], ["natural_gas", "peat"])
        assert.deepStrictEqual((yield* GridListingTools.listFuels.call({ country: "Australia" })).fuels, [
          "diesel",
          "fuel_oil",
          "gasoline",
          "lpg",
          "natural_gas",
          "residual_fuel_oil"
        ])
        assert.include((yield* GridListingTools.listFuels.call({ country: "global" })).fuels, "peat")
        assert.match((yield* Effect.flip(GridListingTools.listFuels.call({ country: "Atlantis" }))).message, /country:/)
      }))
  })

  it.each([
    [5, 0.5, 0.9, "off_peak"],
    [6, 0.5, 1.15, "morning_peak"],
    [9, 0.5, 1.15, "morning_peak"],
    [10, 0.2, 0.92, "midday"],
    [16, 0.2, 0.92, "midday"],
    [17, 0.5, 1.2, "evening_peak"],
    [20, 0.5, 1.2, "evening_peak"],
    [21, 0.5, 0.9, "off_peak"]
  ])("shapes hour %d", (hour, renewable, multiplier, period) => {
    const [found, name] = GridFactorTools.hourly(hour, renewable)
    assert.approximately(found, multiplier, 1e-12)
    assert.strictEqual(name, period)
  })

  it.effect("says that the shape of a day is illustrative, and rounds to 4 decimals", () =>
    Effect.gen(function*() {
      const { interpolated_intensity, note } = yield* GridFactorTools.interpolateHourlyData.call({
        base_intensity: 1 / 3,
        hour: 12
      })
      assert.strictEqual(interpolated_intensity, 0.3167) // a share that is not given is 0
      assert.match(note, /illustrative/)
      const error = yield* Effect.flip(
        GridFactorTools.interpolateHourlyData.call({ base_intensity: -1, hour: 24, renewable_share: 2 })
      )
      assert(error._tag === "InvalidInput")
      assert.deepStrictEqual(error.issues.map(({ path }) => path), ["base_intensity", "hour", "renewable_share"])
    }))

  it.effect.prop("averages between minimum and maximum, whatever the weights add up to", [
    Schema.NonEmptyArray(Schema.Tuple([
      Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1000 })),
      Schema.Finite.check(Schema.isBetween({ minimum: 0.01, maximum: 100 }))
    ])),
    Schema.Finite.check(Schema.isBetween({ minimum: 2, maximum: 100 }))
  ], ([pairs, factor]) =>
    Effect.gen(function*() {
      const intensities = pairs.map(([intensity]) => intensity)
      const weights = pairs.map(([, weight]) => weight)
      const total = weights.reduce((a, b) => a + b)
      const unit = weights.map((weight) => weight / total)
      const average = yield* weigh({ intensities, weights: unit })
      assert.isAtLeast(average.weighted_average, average.min_intensity - 1e-9)
      assert.isAtMost(average.weighted_average, average.max_intensity + 1e-9)
      const scaled = yield* weigh({ intensities, weights: unit.map((weight) => weight * factor) })
      assert.approximately(scaled.weighted_average, average.weighted_average, 1e-6)
      assert.approximately(scaled.normalized_weights.reduce((a, b) => a + b), 1, 1e-9)
    }))

  it.effect("leaves weights alone that add up to 1 within 0.001", () =>
    Effect.gen(function*() {
      const { normalized_weights } = yield* weigh({ intensities: [300, 400], weights: [0.5, 0.5005] })
      assert.deepStrictEqual(normalized_weights, [0.5, 0.5005])
      assert.deepStrictEqual((yield* weigh({ intensities: [300, 400], weights: [1, 3] })).normalized_weights, [
        0.25,
        0.75
      ])
    }))

  it.effect.each([
    { intensities: [300], weights: [0.5, 0.5] },
    { intensities: [300, 400], weights: [0, 0] },
    { intensities: [], weights: [] }
  ])("refuses to average $intensities by $weights", (input) =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(weigh(input))
      assert(error._tag === "ValidationError")
      assert.strictEqual(error.issues[0]?.path, "weights")
    }))

  it.effect("refuses a negative weight", () =>
    Effect.map(Effect.flip(weigh({ intensities: [1, 2], weights: [2, -1] })), (error) => {
      assert(error._tag === "InvalidInput")
      assert.deepStrictEqual(error.issues.map(({ path }) => path), ["weights.1"])
    }))

  const advise = (country: string, intensity: number, renewable_share?: number) =>
    Effect.map(
      GridFactorTools.generateRecommendations.call({
        country,
        intensity,
        ...(renewable_share === undefined ? {} : { renewable_share })
      }),
      ({ recommendations }) => recommendations
    )

  it.effect("advises by intensity in g/kWh and by the share of renewables", () =>
    Effect.gen(function*() {
      const numbers = (country: string, intensity: number, share?: number) =>
        Effect.map(advise(country, intensity, share), (list) => list.map((measure) => measure.reduction_g_per_kwh))
      assert.deepStrictEqual(yield* numbers("US", 350, 0.2), [315, 280, 52.5, 87.5]) // PV, certificates, shifting, efficiency
      assert.deepStrictEqual(yield* numbers("FR", 50, 0.6), [12.5]) // efficiency
      assert.deepStrictEqual(yield* numbers("PL", 600, 0.3), [540, 420, 90, 150, 180]) // and storage
      assert.deepStrictEqual(yield* numbers("PL", 600), [540, 600, 90, 150]) // no storage without a known share
      assert.deepStrictEqual(yield* numbers("INDIA", 700, 0.6), [560, 630, 105, 175, 210])
      assert.strictEqual((yield* advise("INDIA", 700))[0]?.priority, "critical")
      assert.strictEqual((yield* advise("US", 700))[0]?.priority, "high")
    }))

  it.effect.prop(
    "recommends nothing that avoids more than there is",
    [Schema.Finite, share],
    ([raw, share]) =>
      Effect.gen(function*() {
        const grams = Math.min(Math.abs(raw), 1e6)
        const intensity = grams < 1 ? 0 : grams
        for (const { reduction_g_per_kwh } of yield* advise("AU", intensity, share)) {
          assert.isAtMost(reduction_g_per_kwh, intensity + 0.01)
        }
      })
  )
})
