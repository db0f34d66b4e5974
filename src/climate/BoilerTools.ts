/**
 * The efficiency of a boiler, the fuel behind its heat, and how it compares.
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Answer from "./Answer.ts"
import * as BillUnit from "./BillUnit.ts"
import * as ClimateTool from "./ClimateTool.ts"
import * as Constant from "./Constant.ts"
import * as Field from "./Field.ts"
import * as FuelTools from "./FuelTools.ts"
import * as NearestNames from "./NearestNames.ts"
import { fuelForHeat, mmbtuToKwh } from "./physics/Heat.ts"
import * as StackLoss from "./physics/StackLoss.ts"
import * as PlantFormulas from "./PlantFormulas.ts"
import { boilerEfficiencies } from "./tables/EquipmentTables.ts"
import { ReferenceTables } from "./tables/ReferenceTables.ts"

/** @category schemas */
export const Basis = Schema.Literals(["gross", "net"]).annotate({ description: "heating value of the efficiency" })

/** @category schemas */
export const Age = Schema.Literals(["new", "medium", "old"]).annotate({ description: "age of the boiler" })

/** @category schemas */
export const PerformanceRating = Schema.Literals(["Excellent", "Good", "Average", "Poor"])

/** The types of boiler whose stack loss is known, besides those of the table of efficiencies. @category constants */
export const stackTypes = ["firetube", "watertube", "condensing", "electric_resistance", "electrode"] as const

/** A number with its unit. @category schemas */
export const Measured = Schema.Struct({
  value: Field.positive("how much, above 0"),
  unit: Field.name("unit, such as MMBtu, kWh, therm, gallon")
})

const isHeatPump = (boilerType: string) => /heat_pump/.test(Constant.canonical(boilerType))

/** Net over gross energy of the fuels of boilers (IPCC 2006; LPG and propane DESNZ). */
const netOverGross: Readonly<Record<string, number>> = {
  natural_gas: 0.9,
  hydrogen: 0.846,
  fuel_oil: 0.95,
  diesel: 0.95,
  kerosene: 0.95,
  residual_fuel_oil: 0.95,
  coal: 0.95,
  lpg: 0.931,
  propane: 0.921
}

/**
 * Net over gross energy of a fuel. Fails with `ValidationError` where none is known.
 *
 * @category reading
 */
export const netShare = (fuel: string, path: string) => {
  const ratio = Constant.own(netOverGross, fuel)
  return ratio === undefined
    ? Effect.fail(ClimateTool.invalid(path, `no ratio of net to gross energy is known for ${fuel}`, "gross"))
    : Effect.succeed(ratio)
}

/**
 * Reads an efficiency as people write it. For burners 0 to 1 is a fraction and 20 to 100 a percentage; on net energy also
 * 1 to 1.11 and 100 to 111. For heat pumps it is a COP from 1 to 8.
 *
 * @category reading
 */
export const readEfficiency = Effect.fnUntraced(function*(
  { basis, boilerType, fuel, value }: {
    readonly value: number
    readonly fuel: string
    readonly boilerType: string
    readonly basis: typeof Basis.Type
  }
) {
  const refuse = (message: string, expected: string) => ClimateTool.invalid("efficiency", message, expected)
  if (isHeatPump(boilerType)) {
    return value >= 1 && value <= 8
      ? { efficiency: value, notes: ["the efficiency of a heat pump is its COP"] }
      : yield* refuse(`${value} is not a COP`, "a COP from 1 to 8")
  }
  const net = basis === "net"
  const isFraction = value > 0 && value <= (net ? 1.11 : 1)
  if (!isFraction && !(value >= 20 && value <= (net ? 111 : 100))) {
    return yield* refuse(
      `${value} can be read in two ways`,
      net ? "a fraction up to 1.11, or 20 to 111 percent" : "a fraction up to 1, or 20 to 100 percent; above it net"
    )
  }
  const fraction = isFraction ? value : value / 100
  if (!net || fuel === "electricity") return { efficiency: fraction, notes: [] }
  const gross = yield* StackLoss.netToGross({
    net_efficiency: fraction,
    net_over_gross: yield* netShare(fuel, "efficiency_basis")
  })
  return gross <= 1
    ? {
      efficiency: gross,
      notes: [`${Answer.figure(fraction)} on net energy is ${Answer.figure(gross)} on gross energy`]
    }
    : yield* refuse(
      `${Answer.figure(gross)} on gross energy is above 1`,
      "a net efficiency that is at most 1 on gross energy"
    )
})

/** @category schemas */
export const efficiencyFields = {
  boiler_type: Field.name("type, such as condensing, standard, low_efficiency, modulating, heat_pump, resistance"),
  fuel_type: Field.name("fuel, such as natural_gas, fuel_oil, propane, coal, biomass, hydrogen, electricity"),
  efficiency: Field.optional(Field.positive("fraction (0.85) or percent (85); COP of a heat pump")),
  efficiency_basis: Field.withDefault(Basis, "gross"),
  age: Field.withDefault(Age, "medium")
}

/** @category tools */
export const resolveEfficiency = ClimateTool.make("resolve_efficiency", {
  description: "Gross efficiency of a boiler, or COP of a heat pump: as given, else that of its type and age",
  input: Schema.Struct(efficiencyFields),
  output: Schema.Struct({
    efficiency: Schema.Finite,
    efficiency_basis: Basis,
    is_default: Schema.Boolean,
    notes: Field.notes
  }),
  execute: Effect.fnUntraced(function*({ age, boiler_type, efficiency, efficiency_basis, fuel_type }) {
    const fuel = Constant.canonical(fuel_type)
    if (isHeatPump(boiler_type) && fuel !== "electricity") {
      return yield* ClimateTool.invalid("fuel_type", "a heat pump runs on electricity", "electricity")
    }
    if (efficiency !== undefined) {
      const read = yield* readEfficiency({ value: efficiency, fuel, boilerType: boiler_type, basis: efficiency_basis })
      return {
        ...read,
        efficiency: Answer.figure(read.efficiency),
        efficiency_basis: "gross" as const,
        is_default: false
      }
    }
    const tables = yield* ReferenceTables
    const rows = yield* tables.rows(boilerEfficiencies)
    const of = (fuel: string) =>
      rows.find((row) =>
        row.fuel === fuel && row.boiler_type === Constant.canonical(boiler_type) && row.age_class === age
      )
    const row = of(fuel)
    if (row === undefined) {
      if (isHeatPump(boiler_type)) {
        return yield* ClimateTool.invalid("efficiency", "no COP is known for this heat pump", "its COP")
      }
      const types = new Set([...stackTypes, ...rows.map((row) => row.boiler_type)])
      if (!types.has(Constant.canonical(boiler_type))) {
        const [nearest = "", ...others] = NearestNames.find(Constant.canonical(boiler_type), types).available
        return yield* ClimateTool.invalid(
          "boiler_type",
          `${boiler_type} is not a known type of boiler`,
          `${nearest}, or another of ${others.join(", ")}; or its efficiency`
        )
      }
      return {
        efficiency: 0.75,
        efficiency_basis: "gross" as const,
        is_default: true,
        notes: [`no efficiency is published for ${fuel} ${boiler_type}: 0.75 is assumed`]
      }
    }
    yield* Constant.cite(`efficiency of ${boiler_type} ${fuel}, ${age}`, row.efficiency, row.unit, row)
    const notes = [`the efficiency is that of a ${age} ${boiler_type} boiler (secondary)`]
    return { efficiency: row.efficiency, efficiency_basis: "gross" as const, is_default: true, notes }
  })
})

/** @category tools */
export const fuelForThermal = ClimateTool.make("fuel_for_thermal_output", {
  description: "Fuel or power that gives an amount of heat, in MMBtu and in the unit it is bought in",
  input: Schema.Struct({
    thermal_mmbtu: Field.positive("useful heat, MMBtu"),
    fuel_type: Field.name("fuel or electricity"),
    efficiency: Field.positive("gross efficiency, or COP"),
    country: FuelTools.place.country
  }),
  output: Schema.Struct({
    fuel_mmbtu: Schema.Finite,
    fuel_consumption_value: Schema.Finite,
    fuel_consumption_unit: Schema.String
  }),
  execute: Effect.fnUntraced(function*({ country, efficiency, fuel_type, thermal_mmbtu }) {
    const fuel = Constant.canonical(fuel_type)
    const mmbtu = efficiency > 1.05
      ? thermal_mmbtu / efficiency
      : yield* fuelForHeat({ heat: thermal_mmbtu, efficiency })
    return { fuel_mmbtu: Answer.figure(mmbtu), ...yield* asBought(fuel, mmbtu, country) }
  })
})

const liquids = new Set(["fuel_oil", "diesel", "propane", "lpg", "kerosene", "residual_fuel_oil", "biodiesel"])

const asBought = Effect.fnUntraced(function*(fuel: string, mmbtu: number, country: string) {
  if (fuel === "natural_gas") {
    const therms = yield* PlantFormulas.fuelBought({ mmbtu, mmbtu_per_unit: 0.1 })
    return { fuel_consumption_value: Answer.figure(therms), fuel_consumption_unit: "therm" }
  }
  if (fuel === "electricity") {
    return { fuel_consumption_value: Answer.figure(yield* mmbtuToKwh({ mmbtu })), fuel_consumption_unit: "kWh" }
  }
  if (liquids.has(fuel) && country === "US") {
    const { energy_content_mmbtu } = yield* FuelTools.energyContent.call({ fuel_type: fuel, amount: 1, unit: "gallon" })
    const gallons = yield* PlantFormulas.fuelBought({ mmbtu, mmbtu_per_unit: energy_content_mmbtu })
    return { fuel_consumption_value: Answer.figure(gallons), fuel_consumption_unit: "gallon" }
  }
  return { fuel_consumption_value: Answer.figure(mmbtu), fuel_consumption_unit: "MMBtu" }
})

/**
 * An amount of heat in MMBtu, in any unit of energy that bills write. Fails with `ValidationError` for a unit of volume or
 * mass.
 *
 * @category reading
 */
export const toMmbtu = ({ unit, value }: typeof Measured.Type, path: string) =>
  Effect.map(BillUnit.energy(unit, "MMBtu", `${path}.unit`), (ratio) => value * ratio)

/** Upper to lower limits of the ratings, on gross efficiency or COP. */
const limits = (boilerType: string, fuel: string): readonly [number, number, number] =>
  isHeatPump(boilerType) ? [3, 2.5, 2] : fuel === "natural_gas" ? [0.9, 0.8, 0.7] : [0.85, 0.75, 0.65]

/** @category tools */
export const ratePerformance = ClimateTool.make("rate_performance", {
  description: "Rating of a boiler by its gross efficiency, or of a heat pump by its COP, with tips",
  input: Schema.Struct({
    boiler_type: efficiencyFields.boiler_type,
    fuel_type: efficiencyFields.fuel_type,
    efficiency: Field.positive("gross efficiency, or COP"),
    age: Field.withDefault(Age, "medium")
  }),
  output: Schema.Struct({ performance_rating: PerformanceRating, tips: Schema.Array(Schema.String) }),
  execute: ({ age, boiler_type, efficiency, fuel_type }) => {
    const fuel = Constant.canonical(fuel_type)
    const [excellent, good, average] = limits(boiler_type, fuel)
    const performance_rating = efficiency >= excellent
      ? "Excellent"
      : efficiency >= good
      ? "Good"
      : efficiency >= average
      ? "Average"
      : "Poor"
    return Effect.succeed({ performance_rating, tips: tips(boiler_type, fuel, performance_rating, age) } as const)
  }
})

const tips = (boilerType: string, fuel: string, rating: string, age: string): ReadonlyArray<string> => {
  const burns = fuel !== "electricity" && fuel !== "district_heating"
  return [
    ...(rating === "Poor" || rating === "Average" ? ["Compare a replacement: a condensing boiler or a heat pump"] : []),
    ...(burns ? ["Tune the burner every year and keep excess oxygen low"] : []),
    ...(burns && Constant.canonical(boilerType) !== "condensing"
      ? ["Recover heat of the flue gas with an economizer"]
      : []),
    ...(age === "old" ? ["Plan the end of its life: an old boiler loses efficiency every year"] : []),
    ...(isHeatPump(boilerType) ? ["Lower the supply temperature: each degree less lifts the COP"] : []),
    "Insulate pipes and control by outdoor temperature"
  ].slice(0, 5)
}

/** Emissions of fuel by its gross heat: the tool of FuelAgent. @category tools */
export const calculateEmissions = FuelTools.calculateEmissions

/** In the order in which the agent calls them. @category tools */
export const tools = [resolveEfficiency, fuelForThermal, calculateEmissions, ratePerformance] as const
