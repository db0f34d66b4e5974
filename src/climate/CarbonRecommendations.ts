/**
 * What to do about the largest sources of a footprint, by what each burns.
 */
import type { Recommendation } from "./Recommendation.ts"

/** A source of a breakdown: kilograms of CO2e, and what it burns where its name does not say so. @category models */
export interface Emitting {
  readonly source: string
  readonly fuel_type?: string
  readonly co2e_kg: number
}

/** The first rule that fits counts. Coal gas is coal, gas oil and gasoline are oils, and biodiesel is none of them. */
const rules: ReadonlyArray<readonly [RegExp, Pick<Recommendation, "action" | "reduction_percent" | "payback_years">]> =
  [
    [/\belectric/, {
      action: "Generate on site with solar PV, or buy renewable certificates or a power purchase agreement",
      payback_years: { low: 5, high: 10 }
    }],
    [/\b(coal|anthracite|lignite)\b/, {
      action: "Phase out coal: change to gas or biomass, or electrify the heat",
      reduction_percent: { low: 80, high: 100 },
      payback_years: { low: 2, high: 5 }
    }],
    [/\b(oil|kerosene)\b/, {
      action: "Burn biodiesel in place of the oil, or replace the burner by a heat pump",
      reduction_percent: { low: 60, high: 90 },
      payback_years: { low: 3, high: 7 }
    }],
    [/\b(diesel|gasoline|petrol|fuel)\b(?! gas)/, {
      action: "Change to electric vehicles and equipment, or to biodiesel or renewable diesel",
      reduction_percent: { low: 60, high: 90 },
      payback_years: { low: 3, high: 7 }
    }],
    [/\bgas\b/, {
      action: "Replace gas heating by heat pumps, and insulate the building envelope",
      reduction_percent: { low: 50, high: 70 },
      payback_years: { low: 7, high: 15 }
    }]
  ]

const priorities = ["high", "medium", "low"] as const

/**
 * One for each of the three largest sources that emit at all, by what the source burns.
 *
 * @category formulas
 */
export const recommend = (
  breakdown: ReadonlyArray<Emitting>
): ReadonlyArray<Recommendation> => {
  const largest = breakdown.filter((item) => item.co2e_kg > 0).toSorted((a, b) =>
    b.co2e_kg - a.co2e_kg || (a.source < b.source ? -1 : 1)
  )
  return priorities.flatMap((priority, rank) => {
    const item = largest[rank]
    if (item === undefined) return []
    const name = (item.fuel_type ?? item.source).toLowerCase().replaceAll(/[\s_-]+/g, " ")
    const rule = rules.find(([pattern]) => pattern.test(name))
    return [{ priority, source: item.source, ...(rule === undefined ? efficiency : rule[1]) }]
  })
}

const efficiency = {
  action: "Use less of it: efficient equipment, controls and maintenance",
  reduction_percent: { low: 10, high: 30 }
}
