/**
 * What to do about the emissions of one fuel. The ranges are rules of thumb.
 */
import type * as FuelType from "./FuelType.ts"
import type { Recommendation } from "./Recommendation.ts"

/**
 * First another fuel, then efficiency and controls, then energy management.
 *
 * @category formulas
 */
export const recommend = ({ kind, name }: FuelType.Fuel, country: string): ReadonlyArray<Recommendation> => {
  if (kind === "generation") return []
  const measure = (priority: Recommendation["priority"], action: string, low: number, high: number) => ({
    priority,
    action,
    source: name,
    reduction_percent: { low, high }
  })
  const switches = kind === "electricity"
    ? [
      measure("high", "Generate on site with solar PV", 0, 100),
      measure("high", `Buy renewable certificates or a power purchase agreement valid in ${country}`, 0, 100)
    ]
    : fuelSwitches.flatMap(([pattern, action, low, high]) =>
      pattern.test(name) ? [measure("high", action, low, high)] : []
    )
  return [
    ...switches,
    measure("medium", efficiencyMeasures[kind], 10, 20),
    measure("low", "Manage energy: meter it, set targets, review use every month", 5, 15)
  ]
}

const fuelSwitches: ReadonlyArray<readonly [fuel: RegExp, action: string, low: number, high: number]> = [
  [
    /^(coal|coke|peat|petroleum_coke|anthracite|lignite|bituminous|subbituminous)/,
    "Change from coal to natural gas",
    45,
    45
  ],
  [
    /^(diesel|distillate|fuel_oil|gas_oil|gasoline|kerosene|lpg|motor_gasoline|propane|residual_fuel_oil)/,
    "Change from oil to natural gas or a heat pump, in vehicles to electric drive",
    25,
    60
  ],
  [/^(natural_gas|cng|lng)$/, "Change from natural gas to renewable gas or a heat pump", 20, 100]
]

const efficiencyMeasures = {
  combustion: "Raise efficiency: tune burners, recover heat, insulate, control by demand",
  electricity: "Raise efficiency: efficient motors, drives and lighting, controls by demand",
  heat: "Raise efficiency: return condensate, repair traps, insulate pipes, control by demand",
  cooling: "Raise efficiency: shade, insulate, raise set points, control by demand"
}
