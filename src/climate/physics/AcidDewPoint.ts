/**
 * The temperature below which sulfuric acid condenses from flue gas.
 */
import * as Formula from "./Formula.ts"
import { kelvinToFahrenheit } from "./Temperature.ts"

/** @category formulas */
export const acidDewPoint = Formula.make({
  id: "acid_dew_point",
  expression: "1000/T = 2.276 - 0.0294 ln pW - 0.0858 ln pS + 0.0062 ln pW ln pS",
  unit: "degF",
  source: "Verhoff and Banchero 1974; T in K, partial pressures of water and SO3 in mmHg",
  valid: "water 20..200 mmHg, SO3 above 0 and at most the total pressure",
  check: ({ so3_mmhg, water_mmhg }: Readonly<Record<"water_mmhg" | "so3_mmhg", number>>) =>
    water_mmhg < 20 || water_mmhg > 200
      ? "the water must have 20 to 200 mmHg (2.6 to 26.3 percent of the gas)"
      : so3_mmhg > 0 && so3_mmhg <= 760
      ? undefined
      : "the SO3 must have a partial pressure above 0",
  compute: ({ so3_mmhg, water_mmhg }) => {
    const [water, acid] = [Math.log(water_mmhg), Math.log(so3_mmhg)]
    return kelvinToFahrenheit(1000 / (2.276 - 0.0294 * water - 0.0858 * acid + 0.0062 * water * acid))
  }
})
