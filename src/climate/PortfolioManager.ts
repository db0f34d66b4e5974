/**
 * Meters of ENERGY STAR Portfolio Manager, by the names of its exports.
 */

/** `reason` says why a meter has no emissions of energy. @category models */
export interface Meter {
  readonly fuel_type?: string
  readonly chiller?: { readonly chiller: "electric" | "absorption" | "engine" }
  readonly reason?: string
}

const cooling = (chiller: "electric" | "absorption" | "engine"): Meter => ({
  fuel_type: "district_cooling",
  chiller: { chiller }
})

/** The first that fits counts. */
const meters: ReadonlyArray<readonly [RegExp, Meter]> = [
  [/water.*(indoor|outdoor|mixed|potable|reclaimed|alternative)|^(average|maximum) /, {
    reason: "a meter of water, not of energy"
  }],
  [/^it (site|equipment|load)|power distribution unit|uninterruptible/, {
    reason: "a meter of IT load within the electricity"
  }],
  [/waste|recycl|compost|landfill|donat/, { reason: "a meter of waste, not of energy" }],
  [/^electric.*solar/, { fuel_type: "solar_pv" }],
  [/^electric.*wind/, { fuel_type: "wind" }],
  [/^electric/, { fuel_type: "electricity" }],
  [/chilled water.*absorption/, cooling("absorption")],
  [/chilled water.*engine/, cooling("engine")],
  [/chilled water/, cooling("electric")],
  [/district steam/, { fuel_type: "steam" }],
  [/district hot water/, { fuel_type: "hot_water" }],
  [/^diesel/, { fuel_type: "diesel" }],
  [/^fuel oil.*1/, { fuel_type: "no_1_fuel_oil" }],
  [/^fuel oil.*2/, { fuel_type: "no_2_fuel_oil" }],
  [/^fuel oil.*4/, { fuel_type: "no_4_fuel_oil" }],
  [/^fuel oil.*[56]/, { fuel_type: "fuel_oil_no_5_or_6" }]
]

/** What a type of meter measures; nothing where its name is a fuel's own. @category reading */
export const meter = (type: string): Meter => meters.find(([pattern]) => pattern.test(type.toLowerCase()))?.[1] ?? {}

/** A unit of its list. `tons` is the short ton there, and ambiguous elsewhere. @category reading */
export const unit = (label: string): string => /^tons$/i.test(label.trim()) ? "short_ton" : label
